/** Tells the observer what happens, and keeps the totals and troubles of the report. */
import type { Clock } from "#core/clock.ts";
import type { ErrorData } from "#core/errors.ts";
import type { ActionResult } from "#core/system/system.ts";
import type { PlannedAction, SyncEvent, SyncTotals } from "./events.ts";
import { zeroTotals } from "./totals.ts";

/** Troubles that a report holds at most; all are counted and shown as they happen. */
const MAX_TROUBLES = 1000;

/** Least time between two progress events. */
const PROGRESS_MS = 100;

/** Collects what a run reports. */
export class Reporter {
  readonly totals: SyncTotals = zeroTotals();
  readonly troubles: { path: string; error: ErrorData }[] = [];
  /** Large files under way: their paths, and where they are staged. */
  readonly unfinished = new Map<string, string>();
  /** When anything last moved, by the clock's `elapsed`. */
  lastActivity: number;
  /** The first that failed for good. */
  failure: { path: string; error: ErrorData } | undefined;
  readonly #observer: (event: SyncEvent) => void;
  readonly #clock: Clock;
  readonly #noted = new Set<string>();
  #lastProgress = -Infinity;
  /** The newest that was begun, until it is done. */
  #current: string | undefined;

  constructor(observer: (event: SyncEvent) => void, clock: Clock) {
    this.#observer = observer;
    this.#clock = clock;
    this.lastActivity = clock.elapsed();
  }

  emit(event: SyncEvent): void {
    this.#observer(event);
  }

  note = (message: string): void => this.emit({ type: "note", message });

  /** A remark that several batches may have cause to make. */
  noteOnce(message: string): void {
    if (this.#noted.has(message)) return;
    this.#noted.add(message);
    this.note(message);
  }

  /** Something failed for good. */
  trouble = (path: string, error: ErrorData): void => {
    this.totals.failed++;
    this.failure ??= { path, error };
    if (this.troubles.length < MAX_TROUBLES) this.troubles.push({ path, error });
    this.emit({ type: "trouble", path, error, willRetry: false });
  };

  /** A source file went away between scan and copy. */
  vanished(path: string, error: ErrorData): void {
    this.totals.vanished++;
    if (this.troubles.length < MAX_TROUBLES) this.troubles.push({ path, error });
    this.emit({ type: "trouble", path, error, willRetry: false });
  }

  /** Bytes moved. */
  bytes = (written: number, verified: number): void => {
    this.totals.copiedBytes += written;
    this.totals.verifiedBytes += verified;
    this.progress();
  };

  /** An action was carried out. */
  done(action: PlannedAction | undefined, result: ActionResult): void {
    this.totals.resumedBytes += result.resumed ?? 0;
    this.totals.matchedBytes += result.matched ?? 0;
    if (action === undefined) return;
    if (action.path === this.#current) this.#current = undefined;
    countDone(this.totals, action);
    this.emit({ type: "done", action });
  }

  /** Notes that the run is alive, and now and then tells how far it is, and at what. */
  progress(begun?: string): void {
    this.#current = begun ?? this.#current;
    const now = this.#clock.elapsed();
    this.lastActivity = now;
    if (now - this.#lastProgress < PROGRESS_MS) return;
    this.#lastProgress = now;
    this.emit({ type: "progress", totals: this.totals, current: this.#current });
  }
}

function countDone(totals: SyncTotals, action: PlannedAction): void {
  switch (action.kind) {
    case "copy":
      totals.copiedFiles++;
      break;
    case "directory":
      totals.created.directories++;
      break;
    case "link":
      totals.created.links++;
      break;
    case "special":
      totals.created.specials++;
      break;
    case "rename":
      totals.renamedFiles++;
      totals.renamedBytes += action.size;
      totals.verifiedBytes += action.size;
      break;
    case "hardlink":
      totals.created.hardLinks++;
      break;
    case "attributes":
      totals.attributesChanged++;
      break;
    case "delete":
      totals.deleted++;
      break;
    case "remove":
      totals.removed++;
      break;
    case "skip":
      break;
  }
}
