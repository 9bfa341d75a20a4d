import assert from "node:assert/strict";
import fc from "fast-check";
import { DEFAULT_RETRY, NO_RETRY, retryCeilingMs, retryDelayMs, shouldRetry } from "#core/retry.ts";

Deno.test("retryCeilingMs grows by the factor up to the cap", () => {
  const ceilings = [1, 2, 3, 4, 11, 12, 1000, 1e9].map((n) => retryCeilingMs(DEFAULT_RETRY, n));
  assert.deepEqual(ceilings.slice(0, 4), [1000, 1500, 2250, 3375]);
  assert.ok(ceilings[4] < 60_000);
  assert.deepEqual(ceilings.slice(5), [60_000, 60_000, 60_000]);
});

Deno.test("retryDelayMs is a whole number from 0 to the ceiling, wherever the random number lies", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 10_000 }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    (failures, random) => {
      const delay = retryDelayMs(DEFAULT_RETRY, failures, () => random);
      assert.ok(Number.isInteger(delay) && delay >= 0);
      assert.ok(delay <= Math.ceil(retryCeilingMs(DEFAULT_RETRY, failures)));
    },
  ));
  assert.equal(retryDelayMs(DEFAULT_RETRY, 1, () => 0), 0);
  assert.equal(retryDelayMs(DEFAULT_RETRY, 2, () => 0.5), 750);
});

Deno.test("shouldRetry needs a retryable error and attempts that are left", () => {
  const error = (retryable?: boolean) => ({
    code: "unavailable" as const,
    message: "",
    detail: { retryable },
  });
  assert.equal(shouldRetry(DEFAULT_RETRY, 4, error(true)), true);
  assert.equal(shouldRetry(DEFAULT_RETRY, 5, error(true)), false);
  assert.equal(shouldRetry(DEFAULT_RETRY, 1, error(false)), false);
  assert.equal(shouldRetry(DEFAULT_RETRY, 1, error()), false);
  assert.equal(shouldRetry(NO_RETRY, 1, error(true)), false);
});
