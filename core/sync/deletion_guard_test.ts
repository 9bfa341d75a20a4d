import assert from "node:assert/strict";
import { DeletionGuard } from "./deletion_guard.ts";

const summary = { clean: true, destinationEntries: 10, deletions: 5 };

Deno.test("DeletionGuard allows up to a share of the destination, and nothing beyond it", () => {
  const exactly = new DeletionGuard({ percent: 50 }, summary);
  assert.equal(exactly.refusal(), undefined);
  assert.equal(exactly.grant(), true);
  const above = new DeletionGuard({ percent: 49 }, summary);
  assert.match(above.refusal()!, /5 of the destination's 10 entries .* more than 49 %/);
  assert.equal(above.limitReached, true);
});

Deno.test("DeletionGuard grants a number of deletions, then no more", () => {
  const guard = new DeletionGuard({ count: 2 }, summary);
  assert.equal(guard.refusal(), undefined);
  assert.deepEqual([guard.grant(), guard.grant()], [true, true]);
  assert.equal(guard.limitReached, false);
  assert.equal(guard.grant(), false);
  assert.equal(guard.limitReached, true);
});

Deno.test("DeletionGuard refuses everything after a scan that wasn't clean", () => {
  for (const limit of [{ percent: 100 }, { count: 1000 }]) {
    const guard = new DeletionGuard(limit, { ...summary, clean: false });
    assert.match(guard.refusal()!, /not everything could be listed/);
    assert.equal(guard.limitReached, false);
  }
});

Deno.test("DeletionGuard forecasts for a dry run what a run would say", () => {
  const none = new DeletionGuard({ count: 0 }, { ...summary, deletions: 0 });
  assert.equal(none.forecast(), undefined);
  assert.equal(none.limitReached, false);
  const some = new DeletionGuard({ count: 4 }, summary);
  assert.match(some.forecast()!, /only 4 of 5/);
  assert.equal(some.limitReached, true);
  assert.equal(new DeletionGuard({ count: 5 }, summary).forecast(), undefined);
  assert.match(new DeletionGuard({ percent: 10 }, summary).forecast()!, /nothing is deleted/);
});
