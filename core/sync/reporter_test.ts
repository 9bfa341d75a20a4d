import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import type { PlannedAction, SyncEvent } from "./events.ts";
import { Reporter } from "./reporter.ts";

Deno.test("Reporter tells what was begun last with each progress, until that is done", async () => {
  const clock = new ManualClock(), events: SyncEvent[] = [];
  const reporter = new Reporter((event) => events.push(event), clock);
  const current = async () => {
    await clock.advance(1000);
    reporter.bytes(1, 0);
    const last = events.at(-1)!;
    return last.type === "progress" ? last.current : last.type;
  };
  assert.equal(await current(), undefined);
  reporter.progress("a");
  reporter.progress("b");
  assert.equal(await current(), "b");
  const line = { itemized: ">f+++++++++", mode: 0o100644, size: 1, reason: "is missing" };
  const copy = (path: string): PlannedAction => ({ kind: "copy", path, ...line });
  reporter.done(copy("a"), { bytes: 1, verified: 1 });
  assert.equal(await current(), "b");
  reporter.done(copy("b"), { bytes: 1, verified: 1 });
  assert.equal(await current(), undefined);
});
