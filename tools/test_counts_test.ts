import assert from "node:assert/strict";
import { addCounts, countsLine, countTests } from "./test_counts.ts";

Deno.test("countTests reads the last summary, whatever its colours", () => {
  const output = "ok | 9 passed | 0 failed (1ms)\n" +
    "\x1b[31mFAILED\x1b[0m | 3 passed (2 steps) | 1 failed | 4 ignored \x1b[38;5;245m(8ms)\x1b[0m\n";
  assert.deepEqual(countTests(output, false), { passed: 3, failed: 1, skipped: 4 });
});

Deno.test("countTests reads failed steps", () => {
  const output = "FAILED | 0 passed | 2 failed (1 step) (8ms)\n";
  assert.deepEqual(countTests(output, false), { passed: 0, failed: 2, skipped: 0 });
});

Deno.test("countTests counts a failure when the run failed but no test did", () => {
  assert.equal(countTests("ok | 3 passed | 0 failed (1ms)\n", false).failed, 1);
});

Deno.test("countTests counts a failure when there is no summary", () => {
  assert.deepEqual(countTests("", true), { passed: 0, failed: 1, skipped: 0 });
});

Deno.test("countsLine names skipped tests only when there are any", () => {
  const some = { passed: 2, failed: 1, skipped: 0 };
  assert.equal(countsLine(some), "2 passed, 1 failed");
  assert.equal(
    countsLine(addCounts(some, { passed: 1, failed: 0, skipped: 3 })),
    "3 passed, 1 failed, 3 skipped",
  );
});
