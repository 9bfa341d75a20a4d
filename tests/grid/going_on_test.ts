/** Transfers from Star to Star that go on while their Nucleus is away. */
import assert from "node:assert/strict";
import { findStaged, lookAt } from "../faults/bed.ts";
import { within } from "./bad_days/support.ts";
import { type StarProgram, TwoStars } from "./two_stars.ts";

const GIBIBYTE = 1 << 30, PER_SECOND = 128 << 20;
/** Half of it and what it grows by are less than all of it. */
const ENOUGH_BYTES = 448 << 20;
/** More than can be on its way at any moment. */
const GROWN_BYTES = 160 << 20;

function makeLarge(star: StarProgram, bytes = ENOUGH_BYTES): void {
  Deno.mkdirSync(star.path("tree"));
  using large = Deno.createSync(star.path("tree/large"));
  const noise = new Uint8Array(1 << 20);
  for (let at = 0; at < noise.length; at += 65_536) {
    crypto.getRandomValues(noise.subarray(at, at + 65_536));
  }
  for (let at = 0; at < bytes; at += noise.length) {
    noise[0] = at >>> 20;
    large.writeSync(noise);
  }
}

// deno-lint-ignore no-explicit-any
function written(job: any): number {
  return job.progress?.written ?? 0;
}

/** Begins a sync and waits until half of it is there. */
async function beginHalf(grid: TwoStars, bytes = ENOUGH_BYTES): Promise<string> {
  const id = await grid.sync({ options: { bytesPerSecond: PER_SECOND } });
  const isHalf = async () => written(await grid.job(id)) >= bytes / 2 || undefined;
  await grid.until(isHalf, "half of it is there");
  return id;
}

/** Waits until more has passed from Star to Star than was on its way. */
async function untilGrown(grid: TwoStars, bytes = GROWN_BYTES): Promise<void> {
  const before = grid.from.counter!.bytes;
  const hasGrown = () => Promise.resolve(grid.from.counter!.bytes - before >= bytes || undefined);
  await grid.until(hasGrown, "the transfer goes on");
}

/** The job ends once and well, and nothing was sent twice that counts. */
async function assertOnce(
  grid: TwoStars,
  id: string,
  { sentBefore, bytes = ENOUGH_BYTES }: { sentBefore: number; bytes?: number },
): Promise<void> {
  const job = await grid.over(id, 120_000);
  assert.equal(job.state, "succeeded", JSON.stringify(job));
  const { done, skipped, failed } = job.steps[0].counts;
  assert.deepEqual([done.items, done.bytes], [1, bytes]);
  assert.deepEqual([skipped.items, failed.items], [0, 0]);
  const sent = grid.from.counter!.bytes - sentBefore;
  assert(sent < bytes * 1.1, `${sent} bytes sent, of ${bytes}`);
  assert.deepEqual(lookAt(grid.to.path("tree")), lookAt(grid.from.path("tree")));
  assert.deepEqual(findStaged(grid.to.files), []);
}

/** What a job that runs again tells first of what it has done. */
function nextWritten(grid: TwoStars, id: string): Promise<number> {
  const look = async () => {
    const job = await grid.job(id);
    return written(job) || (job.finishedAtMs && GIBIBYTE) || undefined;
  };
  return grid.until(look, "the job tells what was done");
}

Deno.test("a transfer goes on while the Nucleus is dead, and its job ends once", async () => {
  await using grid = await TwoStars.start();
  makeLarge(grid.from, GIBIBYTE);
  const sentBefore = grid.from.counter!.bytes;
  const id = await beginHalf(grid, GIBIBYTE);
  await grid.killNucleus();
  await untilGrown(grid);
  await grid.startNucleus();
  const told = await nextWritten(grid, id);
  assert(told >= GIBIBYTE / 2 + GROWN_BYTES - (96 << 20), `${told} bytes told`);
  await assertOnce(grid, id, { sentBefore, bytes: GIBIBYTE });
});

Deno.test("what a Star did alone counts though it dies, too, before it can tell", async () => {
  await using grid = await TwoStars.start();
  makeLarge(grid.from, GIBIBYTE);
  const sentBefore = grid.from.counter!.bytes;
  const id = await beginHalf(grid, GIBIBYTE);
  await grid.killNucleus();
  await untilGrown(grid);
  await grid.to.kill();
  await grid.startNucleus();
  await grid.to.start();
  await assertOnce(grid, id, { sentBefore, bytes: GIBIBYTE });
});

Deno.test("a job that is cancelled ends what goes on alone", async () => {
  await using grid = await TwoStars.start();
  makeLarge(grid.from, GIBIBYTE);
  const id = await grid.sync({ options: { bytesPerSecond: PER_SECOND / 8 } });
  await grid.until(async () => written(await grid.job(id)) || undefined, "it has begun");
  await grid.killNucleus();
  await untilGrown(grid, 32 << 20);
  grid.counter.cut();
  await grid.startNucleus();
  const cancelled = await grid.orbit("jobs", "cancel", id);
  assert.equal(cancelled.code, 0, cancelled.stderr);
  grid.counter.isClosed = false;
  await within(grid.to.process!.waitFor(/transfers ended/, "stderr"), "the Star ends it");
  const { state } = await grid.job(id);
  assert.equal(state, "cancelled");
  assert.throws(() => Deno.statSync(grid.to.path("tree/large")), Deno.errors.NotFound);
});

Deno.test("a transfer goes on without its control stream, and its job ends once", async () => {
  await using grid = await TwoStars.start();
  makeLarge(grid.from);
  const sentBefore = grid.from.counter!.bytes;
  const id = await beginHalf(grid);
  grid.counter.cut();
  await untilGrown(grid);
  grid.counter.isClosed = false;
  await assertOnce(grid, id, { sentBefore });
  assert.equal((await grid.job(id)).attempt, 2);
});
