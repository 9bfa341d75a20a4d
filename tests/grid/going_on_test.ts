/** Transfers from Star to Star that go on while their Nucleus is away. */
import assert from "node:assert/strict";
import { findStaged, lookAt } from "../faults/bed.ts";
import { type StarProgram, TwoStars } from "./two_stars.ts";

const LARGE_BYTES = 1 << 30, PER_SECOND = 128 << 20;
/** More than can be on its way at any moment. */
const GROWN_BYTES = 160 << 20;

function makeLarge(star: StarProgram): void {
  Deno.mkdirSync(star.path("tree"));
  using large = Deno.createSync(star.path("tree/large"));
  const noise = new Uint8Array(1 << 20);
  for (let at = 0; at < noise.length; at += 65_536) {
    crypto.getRandomValues(noise.subarray(at, at + 65_536));
  }
  for (let at = 0; at < LARGE_BYTES; at += noise.length) {
    noise[0] = at >>> 20;
    large.writeSync(noise);
  }
}

// deno-lint-ignore no-explicit-any
function written(job: any): number {
  return job.progress?.written ?? 0;
}

/** Begins a sync and waits until half of it is there. */
async function beginHalf(grid: TwoStars): Promise<string> {
  const id = await grid.sync({ options: { bytesPerSecond: PER_SECOND } });
  const isHalf = async () => written(await grid.job(id)) >= LARGE_BYTES / 2 || undefined;
  await grid.until(isHalf, "half of it is there");
  return id;
}

/** Waits until more has passed from Star to Star than was on its way. */
async function untilGrown(grid: TwoStars): Promise<void> {
  const before = grid.from.counter!.bytes;
  const hasGrown = () =>
    Promise.resolve(grid.from.counter!.bytes - before >= GROWN_BYTES || undefined);
  await grid.until(hasGrown, "the transfer goes on");
}

/** The job ends once and well, and nothing was sent twice that counts. */
async function assertOnce(grid: TwoStars, id: string, sentBefore: number): Promise<void> {
  const job = await grid.over(id, 120_000);
  assert.equal(job.state, "succeeded", JSON.stringify(job));
  const { done, skipped, failed } = job.steps[0].counts;
  assert.deepEqual([done.items, done.bytes], [1, LARGE_BYTES]);
  assert.deepEqual([skipped.items, failed.items], [0, 0]);
  const sent = grid.from.counter!.bytes - sentBefore;
  assert(sent < LARGE_BYTES * 1.1, `${sent} bytes sent, of ${LARGE_BYTES}`);
  assert.deepEqual(lookAt(grid.to.path("tree")), lookAt(grid.from.path("tree")));
  assert.deepEqual(findStaged(grid.to.files), []);
}

/** What a job that runs again tells first of what it has done. */
function nextWritten(grid: TwoStars, id: string): Promise<number> {
  const look = async () => {
    const job = await grid.job(id);
    return written(job) || (job.finishedAtMs && LARGE_BYTES) || undefined;
  };
  return grid.until(look, "the job tells what was done");
}

Deno.test("a transfer goes on while the Nucleus is dead, and its job ends once", async () => {
  await using grid = await TwoStars.start();
  makeLarge(grid.from);
  const sentBefore = grid.from.counter!.bytes;
  const id = await beginHalf(grid);
  await grid.killNucleus();
  await untilGrown(grid);
  await grid.startNucleus();
  const told = await nextWritten(grid, id);
  assert(told >= LARGE_BYTES / 2 + GROWN_BYTES - (96 << 20), `${told} bytes told`);
  await assertOnce(grid, id, sentBefore);
});

Deno.test("a transfer goes on without its control stream, and its job ends once", async () => {
  await using grid = await TwoStars.start();
  makeLarge(grid.from);
  const sentBefore = grid.from.counter!.bytes;
  const id = await beginHalf(grid);
  grid.counter.cut();
  await untilGrown(grid);
  grid.counter.isClosed = false;
  await assertOnce(grid, id, sentBefore);
  assert.equal((await grid.job(id)).attempt, 2);
});
