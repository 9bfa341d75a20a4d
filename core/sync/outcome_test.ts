import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import type { ErrorData } from "#core/errors.ts";
import { DeletionGuard } from "./deletion_guard.ts";
import { flawOf, outcomeOfItems } from "./outcome.ts";
import { Reporter } from "./reporter.ts";

const error = (message: string): ErrorData => ({ code: "internal", message, detail: {} });

function bench() {
  const summary = { clean: true, destinationEntries: 0, deletions: 0 };
  const guard = new DeletionGuard({ percent: 50 }, summary);
  return { reporter: new Reporter(() => {}, new ManualClock()), guard };
}

Deno.test("flawOf names the first that failed, whatever vanished before", () => {
  const { reporter, guard } = bench();
  assert.equal(flawOf(reporter, guard), undefined);
  reporter.vanished("gone", error("it vanished"));
  assert.equal(flawOf(reporter, guard)?.detail.outcome, "vanished");
  assert.equal(outcomeOfItems(reporter, guard), "vanished");
  reporter.trouble("first", error("no room"));
  reporter.trouble("second", error("no right"));
  const { message, detail } = flawOf(reporter, guard)!;
  assert.deepEqual([message, detail.path], ["2 could not be synced; the first: no room", "first"]);
  assert.equal(outcomeOfItems(reporter, guard), "partial");
});
