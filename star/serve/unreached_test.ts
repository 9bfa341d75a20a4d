import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { UnreachedBatches } from "./unreached.ts";

Deno.test("UnreachedBatches counts what comes no other way, once", async () => {
  const clock = new ManualClock(), failed: string[] = [];
  const batches = new UnreachedBatches(clock);
  const miss = (key: string, name: string) =>
    batches.keep(key, "nas:50051", () => void failed.push(name));
  miss("a", "comes another way");
  batches.tryAgain("a", "");
  miss("a", "asked for there again");
  assert.deepEqual(failed, []);
  batches.tryAgain("a", "nas:50051");
  assert.deepEqual(failed.splice(0), ["asked for there again"]);
  miss("b", "never asked for again");
  await clock.advance(29_000);
  assert.deepEqual(failed, []);
  await clock.advance(2000);
  assert.deepEqual(failed.splice(0), ["never asked for again"]);
  miss("c", "left at the end");
  batches[Symbol.dispose]();
  assert.deepEqual(failed, ["left at the end"]);
});

Deno.test("UnreachedBatches keeps no more than it should", () => {
  let failed = 0;
  using batches = new UnreachedBatches(new ManualClock());
  for (let key = 0; key < 1000; key++) batches.keep(`${key}`, "nas:50051", () => void failed++);
  assert.equal(failed, 744);
});
