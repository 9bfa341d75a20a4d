import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { type JobStore, openJobStore } from "#core/magnetar/mod.ts";
import type { SyncEvent, SyncReport, SyncTotals } from "#core/sync/mod.ts";
import { zeroTotals } from "#core/sync/totals.ts";
import { unpackEvents } from "./event_pieces.ts";
import { MAX_NAMED, type SyncJobReport, SyncLog } from "./sync_log.ts";

class Bed implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "orbit-sync-log-" });
  readonly clock = new ManualClock();
  readonly store: JobStore = openJobStore(this.folder, { clock: this.clock });
  readonly id = this.store.createJob({
    ...{ kind: "sync", label: "", spec: {}, steps: [{ name: "transfer", after: [] }] },
  });

  open(changes = true): SyncLog {
    const { store, id, clock } = this;
    return new SyncLog({ store, id, clock, changes });
  }

  get told(): SyncEvent[] {
    return this.store.told(this.id, { limit: 1000 }).flatMap(({ data }) => unpackEvents(data));
  }

  get report(): SyncJobReport {
    return this.store.job(this.id).report as SyncJobReport;
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

const START: SyncEvent = { type: "start", resumed: false };

function done(path: string): SyncEvent {
  const line = { itemized: ">f+++++++++", mode: 0o100644, size: 1, reason: "is missing" };
  return { type: "done", action: { kind: "copy", path, ...line } };
}

function trouble(path: string, willRetry = false): SyncEvent {
  const error = { code: "denied", message: `open "${path}": no`, detail: {} } as const;
  return { type: "trouble", path, error, willRetry };
}

function end(totals: Partial<SyncTotals>): SyncEvent {
  const report: SyncReport = {
    ...{ outcome: "complete", totals: { ...zeroTotals(), ...totals }, durationMs: 1 },
    ...{ troubles: [], kept: [] },
  };
  return { type: "end", report };
}

Deno.test("SyncLog keeps what was done when that is asked for, and what failed in any case", () => {
  for (const changes of [true, false]) {
    using bed = new Bed();
    using log = bed.open(changes);
    const events: SyncEvent[] = [START, done("a\udcff"), trouble("b", true), trouble("b"), end({})];
    events.forEach(log.observe);
    assert.deepEqual(bed.told, changes ? events.slice(1, 4) : [events[3]]);
  }
});

Deno.test("SyncLog adds up the attempts of one run, and of a job that is taken up again", () => {
  using bed = new Bed();
  {
    using log = bed.open();
    log.observe(START);
    log.observe(end({ plannedFiles: 9, copiedFiles: 3, copiedBytes: 30, matchedBytes: 5 }));
    log.observe(START);
    log.observe(end({ plannedFiles: 6, copiedFiles: 2, copiedBytes: 20, unchangedFiles: 4 }));
  }
  using log = bed.open();
  log.observe(START);
  log.observe(end({ plannedFiles: 4, copiedFiles: 4, copiedBytes: 40, unchangedFiles: 6 }));
  const { copiedFiles, copiedBytes, matchedBytes, plannedFiles, unchangedFiles } =
    bed.report.totals;
  assert.deepEqual([copiedFiles, copiedBytes, matchedBytes], [9, 90, 5]);
  assert.deepEqual([plannedFiles, unchangedFiles], [9, 1]);
  const starts = bed.told.filter(({ type }) => type === "start");
  assert.deepEqual(starts, [{ type: "start", jobId: bed.id, resumed: true }]);
});

Deno.test("SyncLog names each failure once over all attempts, and no more than it is to", () => {
  using bed = new Bed();
  using log = bed.open();
  for (let attempt = 0; attempt < 2; attempt++) {
    log.observe(START);
    for (let at = 0; at < MAX_NAMED + 50; at++) log.observe(trouble(`${at}`));
    log.observe(end({}));
  }
  const { told } = bed;
  assert.equal(told.filter(({ type }) => type === "trouble").length, MAX_NAMED);
  assert.equal(told.filter(({ type }) => type === "note").length, 1);
});

Deno.test("SyncLog keeps totals now and then, and what a dead process had kept counts", async () => {
  using bed = new Bed();
  using log = bed.open();
  log.observe(START);
  await bed.clock.advance(6000);
  log.observe({ type: "progress", totals: { ...zeroTotals(), copiedFiles: 7 } });
  assert.equal(bed.report.totals.copiedFiles, 7);
  assert.equal(bed.report.durationMs, 6000);
  using next = bed.open();
  next.observe(START);
  assert.equal(next.totals.copiedFiles, 7);
});

Deno.test("SyncLog lives with a database that can't be written", () => {
  using bed = new Bed();
  using log = bed.open();
  bed.store.tell = () => {
    throw new Error("no space left");
  };
  for (const event of [START, done("a"), end({})]) log.observe(event);
  assert.deepEqual(bed.told, []);
});
