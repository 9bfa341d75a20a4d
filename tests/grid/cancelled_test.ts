/** Jobs that are cancelled in the middle of a large file leave nothing of it behind. */
import assert from "node:assert/strict";
import { findStaged } from "../faults/bed.ts";
import { TwoStars } from "./two_stars.ts";

const BYTES = 96 << 20, PER_SECOND = 16 << 20;

/** Begins a sync of a large file, and waits until some of it is there. */
async function begin(grid: TwoStars, options: object = {}): Promise<string> {
  const id = await grid.sync({ options: { bytesPerSecond: PER_SECOND, ...options } });
  const begun = async () => (await grid.job(id)).progress?.written > 0 || undefined;
  await grid.until(begun, "some of it is there");
  return id;
}

function makeLarge({ from }: TwoStars): void {
  Deno.mkdirSync(from.path("tree"));
  using large = Deno.createSync(from.path("tree/large"));
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  for (let at = 0; at < BYTES; at += noise.length) large.writeSync(noise);
}

async function cancel(grid: TwoStars, id: string): Promise<void> {
  const { code, stderr } = await grid.orbit("jobs", "cancel", id);
  assert.equal(code, 0, stderr);
}

function untilCleared(grid: TwoStars): Promise<true> {
  const isClear = () => Promise.resolve(findStaged(grid.to.files).length === 0 || undefined);
  return grid.until(isClear, "what was staged is gone");
}

Deno.test("what a cancelled job staged goes, at once or when its Star is back", async (t) => {
  await using grid = await TwoStars.start();
  makeLarge(grid);

  await t.step("at once", async () => {
    const id = await begin(grid);
    assert.equal(findStaged(grid.to.files).length, 1);
    await cancel(grid, id);
    assert.equal((await grid.over(id)).state, "cancelled");
    await untilCleared(grid);
  });

  await t.step("when the Star is back, even to another Nucleus", async () => {
    const id = await begin(grid);
    await grid.to.kill();
    await cancel(grid, id);
    assert.equal((await grid.over(id)).state, "cancelled");
    assert.equal(findStaged(grid.to.files).length, 1);
    await grid.killNucleus();
    await grid.startNucleus();
    await grid.to.start();
    await untilCleared(grid);
  });
});
