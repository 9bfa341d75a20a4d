import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { Resting } from "./helper.ts";

Deno.test("Resting has whoever couldn't be reached, for a while, and not any number of them", async () => {
  const clock = new ManualClock();
  const resting = new Resting(clock);
  resting.begin("a");
  await clock.advance(299_000);
  resting.begin("b");
  assert.deepEqual(["a", "b", "c"].map((name) => resting.has(name)), [true, true, false]);
  await clock.advance(2000);
  assert.deepEqual(["a", "b"].map((name) => resting.has(name)), [false, true]);
  for (let i = 0; i < 1024; i++) resting.begin(`${i}`);
  assert.deepEqual(["b", "0", "1023"].map((name) => resting.has(name)), [false, true, true]);
});
