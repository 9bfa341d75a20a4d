/** `--find-renames`: files that only changed their names, judged by the real rsync. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { hasCommand } from "../../tools/peers.ts";
import { mutateTree } from "../support/mutate.ts";
import { Random } from "../support/random.ts";
import { runScript } from "../support/shell.ts";
import { makeTree } from "../support/trees.ts";
import { differences, emptyPair, orbitSync, scriptedPair } from "./pair.ts";

const DELETING = ["--find-renames", "--delete", "--max-delete=100%"];

/** Gives some entries of a tree other names, in other directories. */
function renameSome(seed: number, base: string): void {
  const random = new Random(seed);
  const directories = [base], entries: string[] = [];
  const walk = (directory: string) => {
    for (const { name, isDirectory } of listed(directory)) {
      const path = join(directory, name);
      entries.push(path);
      if (!isDirectory) continue;
      directories.push(path);
      walk(path);
    }
  };
  walk(base);
  for (let i = 0; i < 8; i++) {
    const from = random.pick(entries.sort()), into = random.pick(directories.sort());
    if (`${into}/`.startsWith(`${from}/`)) continue;
    try {
      Deno.renameSync(from, join(into, `moved-${i}`));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Nothing for a name that is not UTF-8, which Deno can't open. */
function listed(directory: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(directory)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  Deno.test({
    name: `sync with renames leaves what rsync leaves (seed ${seed})`,
    ignore: !hasCommand("rsync"),
    async fn() {
      using pair = emptyPair();
      makeTree(seed, pair.source, { count: 60 });
      runScript(pair.root, ["rmdir mine", "cp -a source mine"]);
      renameSome(seed, pair.source);
      mutateTree(seed * 100, pair.source, { count: seed });
      for (const expected of ["", "nothing to do"]) {
        const args = ["-HXAc", ...DELETING, ...(expected === "" ? [] : ["-i"])];
        const { code, stdout, stderr } = await orbitSync(pair, [...args, "source/", "mine/"]);
        assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
        assert.equal(await differences(pair, "source", "mine"), "");
      }
    },
  });
}

Deno.test("--find-renames moves a directory, and says so", async () => {
  using pair = scriptedPair([
    "mkdir -p source/new/deep",
    "for i in 1 2 3; do echo content $i > source/new/deep/$i; done",
    "cp -a source/new mine/old",
  ]);
  const { code, stdout, stderr } = await orbitSync(pair, [
    ...["-i", "--stats", ...DELETING, "source/", "mine/"],
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^cf\+{9} new\/deep\/2 <- old\/deep\/2$/m);
  assert.match(stdout, /^\*deleting {3}old\/deep\/$/m);
  assert.doesNotMatch(stdout, /^>f|deleting {3}old\/deep\/\d/m);
  assert.match(stdout, /^Number of renamed files: 3$/m);
  assert.match(stdout, /^Total transferred file size: 0 bytes$/m);
  assert.equal(await differences(pair, "source", "mine"), "");
});
