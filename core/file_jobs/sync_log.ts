/** What a sync tells to those who follow it, or look at it later, over all of its attempts. */
import type { Clock } from "#core/clock.ts";
import type { JobId, JobStore } from "#core/magnetar/mod.ts";
import { addTotals, type SyncEvent, type SyncTotals, zeroTotals } from "#core/sync/mod.ts";
import { EventPieces } from "./event_pieces.ts";

/** How a sync stands, kept with its job. */
export interface SyncJobReport {
  /** Of all attempts together. */
  totals: SyncTotals;
  /** Milliseconds that it was at work, or waited for a Star. */
  durationMs: number;
}

/** What is told is kept at the latest after this long. */
const KEEP_MS = 500;
/** Totals alone are kept this often: a crash leaves out what was counted since. */
const KEEP_TOTALS_MS = 5000;
/** Failures, and remarks, that are told by name; all are counted. */
export const MAX_NAMED = 1000;

/** What a log is of. */
export interface SyncLogJob {
  store: JobStore;
  id: JobId;
  clock: Clock;
  /** Each change that was made is told, too. */
  changes: boolean;
}

/** Takes the events of one attempt after another. Dispose of it when the job is over or rests. */
export class SyncLog implements Disposable {
  readonly #job: SyncLogJob;
  readonly #pieces: EventPieces;
  readonly #startedAt: number;
  readonly #before: SyncJobReport;
  /** Of the attempts before this one. */
  #earlier: SyncTotals;
  /** Of this attempt; changes as it goes on. */
  #now: SyncTotals = zeroTotals();
  readonly #named = new Set<string>();
  #hasBegun = false;
  #keptAt: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(job: SyncLogJob) {
    const { store, id, clock } = job;
    this.#job = job;
    this.#startedAt = this.#keptAt = clock.elapsed();
    const { report, attempt } = store.job(id);
    this.#before = report as SyncJobReport ?? { totals: zeroTotals(), durationMs: 0 };
    this.#earlier = this.#before.totals;
    this.#hasBegun = attempt > 0;
    this.#pieces = new EventPieces((piece) => this.#keep(piece));
  }

  /** Of all attempts together. */
  get totals(): SyncTotals {
    return addTotals(this.#earlier, this.#now);
  }

  readonly observe = (event: SyncEvent): void => {
    switch (event.type) {
      case "start":
        return this.#begin();
      case "done":
        return this.#job.changes ? this.#add(event) : undefined;
      case "trouble":
        if (!event.willRetry) return this.#addOnce(event, `${event.error.message} ${event.path}`);
        return this.#job.changes ? this.#add(event) : undefined;
      case "note":
        return this.#addOnce(event, event.message);
      case "progress":
        this.#now = event.totals;
        if (this.#job.clock.elapsed() - this.#keptAt >= KEEP_TOTALS_MS) this.settle();
        return;
      case "end":
        this.#now = event.report.totals;
        return this.settle();
    }
  };

  /** Keeps all that was told. */
  settle(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pieces.isEmpty) this.#keep();
    else this.#pieces.end();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    if (!this.#pieces.isEmpty) this.settle();
  }

  #begin(): void {
    const isAgain = this.#hasBegun;
    this.#hasBegun = true;
    this.#earlier = this.totals;
    this.#now = zeroTotals();
    // Of an attempt that only repeats another what was said already isn't said again.
    if (isAgain) this.#add({ type: "start", jobId: this.#job.id, resumed: true });
  }

  #addOnce(event: SyncEvent, name: string): void {
    if (this.#named.has(name) || this.#named.size > MAX_NAMED) return;
    this.#named.add(name);
    if (this.#named.size <= MAX_NAMED) return this.#add(event);
    this.#add({ type: "note", message: "further failures are counted, and not named here" });
  }

  #add(event: SyncEvent): void {
    this.#pieces.add(event);
    if (this.#pieces.isEmpty) return;
    this.#timer ??= setTimeout(() => this.settle(), KEEP_MS);
  }

  #keep(piece?: Uint8Array): void {
    const { store, id, clock } = this.#job;
    this.#keptAt = clock.elapsed();
    const durationMs = this.#before.durationMs + this.#keptAt - this.#startedAt;
    try {
      store.tell(id, { piece, report: { totals: this.totals, durationMs } });
    } catch {
      // That the database can't be written others tell, and the run ends by it.
    }
  }
}
