/** The items of a step that failed for now, and the timer that looks at them when they are due. */
import type { Clock } from "#core/clock.ts";
import type { ErrorData } from "#core/errors.ts";
import type { StoredItem } from "./item_row.ts";
import type { ItemTable } from "./item_table.ts";

/** Put-off items taken back at once. */
const RETRY_ITEMS = 512;
/** How long to wait before taking more while those are not yet claimed. */
const RETRY_PAUSE_MS = 50;

/** What they are kept with. */
interface PutOffServices {
  items: ItemTable;
  stepId: number;
  clock: Clock;
  /** Some may be due: `takeDue` is to be called. */
  onDue: () => void;
}

export class PutOffItems {
  readonly #services: PutOffServices;
  /** When the clock's `elapsed` was 0. */
  readonly #startMs: number;
  #count = 0;
  #wake?: { atMs: number; timer: AbortController };
  #stopped = false;

  constructor(services: PutOffServices) {
    this.#services = services;
    this.#startMs = services.clock.now() - services.clock.elapsed();
  }

  /** How many were put off and not taken back. */
  get count(): number {
    return this.#count;
  }

  add(item: StoredItem, error: ErrorData, delayMs: number): void {
    const atMs = this.#nowMs() + delayMs;
    this.#services.items.setWaiting(item.id, item.failures + 1, error, atMs);
    this.#count++;
    this.#wakeAt(atMs);
  }

  /** Those that are due, some at a time; none while `unclaimed` of those before are many. */
  takeDue(unclaimed: number): StoredItem[] {
    this.#wake = undefined;
    const { items, stepId } = this.#services;
    const nowMs = this.#nowMs();
    if (unclaimed >= RETRY_ITEMS) {
      this.#wakeAt(nowMs + RETRY_PAUSE_MS);
      return [];
    }
    const due = items.takeDue(stepId, nowMs, RETRY_ITEMS);
    this.#count -= due.length;
    const nextMs = items.nextDueMs(stepId);
    if (nextMs !== undefined) this.#wakeAt(Math.max(nextMs, nowMs + 1));
    return due;
  }

  /** Looks at none any more. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.timer.abort();
  }

  /** The time, as if nobody had set the clock since this run began. */
  #nowMs(): number {
    return Math.round(this.#startMs + this.#services.clock.elapsed());
  }

  /** Makes sure that they are looked at no later than at that time. */
  #wakeAt(atMs: number): void {
    if (this.#stopped || (this.#wake && this.#wake.atMs <= atMs)) return;
    this.#wake?.timer.abort();
    const timer = new AbortController();
    this.#wake = { atMs, timer };
    const { clock, onDue } = this.#services;
    clock.sleep(Math.max(1, atMs - this.#nowMs()), { signal: timer.signal }).then(onDue, () => {});
  }
}
