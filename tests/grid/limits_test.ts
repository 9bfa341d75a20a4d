/** Limits of bandwidth, which Stars keep to by themselves. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type StarProgram, TwoStars } from "./two_stars.ts";

const MI = 1 << 20;

function makeFile({ from }: TwoStars, bytes: number): void {
  Deno.mkdirSync(from.path("tree"), { recursive: true });
  Deno.writeFileSync(from.path("tree/file"), new Uint8Array(bytes).fill(7));
}

/** Has the Star start anew with `[limits]`. */
async function limit(star: StarProgram, limits: string): Promise<void> {
  const text = `security.allowed_paths = [${JSON.stringify(star.files)}]\n[limits]\n${limits}\n`;
  Deno.writeTextFileSync(join(star.state, "star.toml"), text);
  await star.kill();
  await star.start();
}

/** How long a sync takes that has to work, in seconds. */
async function timeSync(grid: TwoStars, more: object = {}): Promise<number> {
  const startMs = performance.now();
  const { state, error } = await grid.over(await grid.sync(more));
  assert.equal(state, "succeeded", JSON.stringify(error));
  const seconds = (performance.now() - startMs) / 1000;
  assert.equal(Deno.statSync(grid.to.path("tree/file")).size, 3 * MI);
  Deno.removeSync(grid.to.path("tree"), { recursive: true });
  return seconds;
}

// Limits from below only, which no slow machine breaks.
Deno.test("a Star gives and takes no more than its own limits say", async () => {
  await using grid = await TwoStars.start();
  makeFile(grid, 3 * MI);
  await limit(grid.from, 'upload = "1M"');
  assert(await timeSync(grid) > 2);
  await limit(grid.from, "");
  await limit(grid.to, 'timetable = [{ rate = "1M" }]');
  assert(await timeSync(grid) > 2);
  // What it may give doesn't limit what it takes.
  await limit(grid.to, 'upload = "512b"');
  await timeSync(grid);
});

Deno.test("what a slow Star gives comes bit by bit, not after a long silence", async () => {
  await using grid = await TwoStars.start();
  makeFile(grid, 3 * MI);
  await limit(grid.from, 'upload = "128"');
  const id = await grid.sync();
  const counter = grid.from.counter!;
  const before = counter.bytes;
  // Its one parcel would come as a whole after seconds of silence.
  await grid.until(
    () => Promise.resolve(counter.bytes - before > 300_000 || undefined),
    "content comes",
  );
  assert.equal((await grid.job(id)).state, "running");
  await grid.json(`/jobs/${id}/cancel`, {});
  assert.equal((await grid.over(id)).state, "cancelled");
});

Deno.test("a job keeps to its timetable", async () => {
  await using grid = await TwoStars.start();
  makeFile(grid, 3 * MI);
  assert(await timeSync(grid, { options: { bandwidth: "00:00,1M 12:00,1M" } }) > 2);
  const refused = await grid.ask("/jobs", {
    ...{ kind: "sync", contents: true, options: { bandwidth: "noon,1M" } },
    source: { star: "from", path: grid.from.path("tree") },
    destination: { star: "to", path: grid.to.path("tree") },
  });
  assert.equal(refused.status, 400);
  assert.match(await refused.text(), /bandwidth.*a timetable such as 08:00,512k 23:00,off/);
});
