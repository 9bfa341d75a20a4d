/** `orbit sync` between Stars shows what `orbit sync` on one machine shows. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { makeTree } from "../support/trees.ts";
import { runOrbit } from "../support/run.ts";
import { within } from "./bad_days/support.ts";
import { TwoStars } from "./two_stars.ts";

const lines = (text: string) => text.trimEnd().split("\n");

/** What of `--stats` doesn't depend on who does the work. */
function comparable(text: string): string[] {
  return lines(text).sort();
}

Deno.test("-i, -v and --stats on a grid print what they print on one machine", async () => {
  await using grid = await TwoStars.start();
  const { from, to, folder } = grid;
  makeTree(21, from.path("a"), { count: 60 });
  const here = join(folder, "here");
  const both = async (...options: string[]) => {
    const source = `${from.path("a")}/`;
    const args = ["sync", "-HAX", "--no-find-renames", ...options];
    const local = await runOrbit([...args, source, here], { home: folder });
    const there = await grid.orbit(...args, `from:${source}`, `to:${to.path("b")}`);
    assert.equal(there.code, local.code, there.stderr);
    assert.deepEqual(comparable(there.stdout), comparable(local.stdout));
    return { ...there, local };
  };
  const first = await both("-i", "--stats");
  assert.match(first.stdout, /^>f\+{9} /m);
  assert.match(first.stdout, /^Number of regular files transferred: \d+$/m);
  assert.match(first.stderr, /^copied \d+ files, .* verified .*$/m);
  for (const path of [from.path("a/changed"), join(here, "extra"), to.path("b/extra")]) {
    Deno.writeTextFileSync(path, "x".repeat(5000));
  }
  // What is written within one tick of the kernel's clock has one time.
  Deno.utimeSync(from.path("a"), 1_000_000_000, 1_000_000_000);
  const second = await both("-ivv", "--stats", "-h", "--delete", "--max-delete=100%");
  assert.match(second.stdout, /^\*deleting {3}extra {2}\(not in the source\)$/m);
  assert.match(second.stdout, /^Total transferred file size: 4.88 KiB$/m);
  const quiet = await both("-q", "-i", "--stats");
  assert.equal(quiet.stdout + quiet.stderr, "");
  const plain = await both();
  assert.equal(plain.stdout + plain.stderr, "");
});

Deno.test("--json on a grid says what it says on one machine, and ends with the whole report", async () => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  Deno.mkdirSync(from.path("a"));
  for (let file = 0; file < 300; file++) Deno.writeTextFileSync(from.path(`a/${file}`), "text");
  const { code, stdout, stderr } = await grid.orbit(
    ...["sync", "--json", `from:${from.path("a")}/`, `to:${to.path("b")}`],
  );
  assert.equal(code, 0, stderr);
  const events = lines(stdout).map((line) => JSON.parse(line));
  assert(events.every(({ schema, seq }, at) => schema === "orbit.sync/1" && seq === at), stdout);
  assert.match(events[0].jobId, /^\w{12}$/);
  const copied = events.filter(({ type, action }) => type === "done" && action.kind === "copy");
  assert.equal(new Set(copied.map(({ action }) => action.path)).size, 300);
  const { type, report } = events.at(-1);
  const { totals } = report;
  assert.deepEqual([type, report.outcome, totals.copiedFiles], ["end", "complete", 300]);
  assert.equal(totals.verifiedBytes, 1200);
});

Deno.test("who follows a sync is told all of it, each once, though the Nucleus dies in between", async () => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  const size = 256 * 1024, count = 64;
  Deno.mkdirSync(from.path("a/sub"), { recursive: true });
  for (let file = 0; file < count; file++) {
    Deno.writeFileSync(from.path(`a/sub/${file}`), new Uint8Array(size).fill(file));
  }
  const places = [`from:${from.path("a")}/`, `to:${to.path("b")}`];
  await using running = grid.startOrbit("sync", "-v", "--stats", "--bwlimit=4M", ...places);
  await running.waitFor(/^sub\/$/m);
  await grid.killNucleus();
  await grid.startNucleus();
  const { code, stdout, stderr } = await within(running.result, "the sync ends", 60_000);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^orbit: .*; trying again$/m);
  assert.match(stderr, /^orbit: going on with job \w{12}$/m);
  const named = lines(stdout).filter((line) => /^sub\/\d+$/.test(line));
  assert.equal(new Set(named).size, named.length, "each once");
  assert.equal(named.length, count);
  for (let file = 0; file < count; file++) {
    assert.equal(Deno.statSync(to.path(`b/sub/${file}`)).size, size);
  }
});

Deno.test("^C leaves a sync on a grid to itself, and says how to go on", async () => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  Deno.writeFileSync(from.path("a"), new Uint8Array(6 << 20));
  const places = [`from:${from.path("a")}`, `to:${to.path("b")}`];
  await using running = grid.startOrbit("sync", "--json", "--bwlimit=2M", ...places);
  const [, id] = await running.waitFor(/"jobId":"(\w{12})"/);
  running.kill("SIGINT");
  const { code, stderr } = await within(running.result, "orbit leaves");
  assert.equal(code, 20, stderr);
  assert.match(stderr, new RegExp(`job ${id} goes on; orbit jobs watch ${id}`));
  assert.equal((await grid.over(id)).state, "succeeded");
  assert.equal(Deno.statSync(to.path("b")).size, 6 << 20);
});
