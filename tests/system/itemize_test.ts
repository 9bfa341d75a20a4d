/** `-i` lines of a dry run beside rsync's, as sets: the two list in different orders. */
import assert from "node:assert/strict";
import { hasCommand } from "../../tools/peers.ts";
import { orbitSync, randomPair, rsync } from "./pair.ts";

const ignore = !hasCommand("rsync");
const SEEDS = [201, 202, 203, 204, 205];
const OPTIONS = ["", "-c", "-H", "--no-times", "-XA", "-u", "--size-only"];

const encoder = new TextEncoder();

/**
 * Itemised lines as strings of bytes, each program's escapes undone.
 *
 * One difference remains on purpose: Orbit names the leader (`=> NAME`) on every line of a hard
 * link, rsync not on those of names that the destination has.
 */
function linesOf(output: string, escape: RegExp, decode: (escaped: string) => string): string[] {
  return output.split("\n")
    .filter((line) => /^[<>ch.*]\S{8,10} /.test(line))
    .map((line) => {
      const text = String.fromCharCode(...encoder.encode(line)).replace(escape, decode);
      return text.startsWith("hf") ? text.replace(/ => [^]*$/, "") : text;
    })
    .sort();
}

const SHORT: Record<string, string> = { n: "\n", r: "\r", t: "\t", "\\": "\\" };

function orbitLines(output: string): string[] {
  return linesOf(output, /\\(?:[nrt\\]|x[0-9a-f]{2}|u\{[0-9a-f]+\})/g, (escaped) => {
    if (escaped[1] in SHORT) return SHORT[escaped[1]];
    const code = parseInt(escaped.replace(/[\\xu{}]/g, ""), 16);
    const isByte = escaped[1] === "x" && code >= 0x80;
    return String.fromCharCode(
      ...(isByte ? [code] : encoder.encode(String.fromCodePoint(code))),
    );
  });
}

function rsyncLines(output: string): string[] {
  return linesOf(
    output,
    /\\#[0-7]{3}/g,
    (escaped) => String.fromCharCode(parseInt(escaped.slice(2), 8)),
  );
}

for (const [index, options] of OPTIONS.entries()) {
  const seed = SEEDS[index % SEEDS.length];
  Deno.test({
    name: `sync -ain ${options} lists what rsync lists (seed ${seed})`,
    ignore,
    async fn() {
      using pair = randomPair(seed);
      // With --delete, as a dry run of Orbit's doesn't look whether a directory in the way is empty.
      const deleting = ["--delete", "--max-delete=1000"];
      const args = ["-ain", ...deleting, ...options.split(" ").filter((word) => word !== "")];
      const mine = await orbitSync(pair, [...args, "source/", "mine/"]);
      const theirs = await rsync(pair, [...args, "--modify-window=-1", "source/", "theirs/"]);
      assert.deepEqual(orbitLines(mine.stdout), rsyncLines(theirs.stdout));
    },
  });
}
