/** How far planning may run ahead of carrying out. */
import type { Clock } from "#core/clock.ts";

/** Planned items that wait to be carried out. */
export interface LeadLimits {
  /** At most; as many as are kept in memory. */
  most: number;
  /**
   * So many are planned without a pause. What is planned lives until it is carried out, and what
   * lives long costs collections of garbage, of which small files feel each.
   */
  eager: number;
  /** The pause beyond that, in milliseconds: by and by it is known how much there is to do. */
  pauseMs: number;
}

/**
 * Keeps count of items that are planned and not over, and lets the planner wait: planning is many
 * times faster than copying, takes the same thread, and would otherwise have all of a large tree
 * planned, and little of it copied, before it leaves room for anything else.
 */
export class Lead {
  readonly #limits: LeadLimits;
  readonly #clock: Clock;
  #open = 0;
  #running = 0;
  #wake: (() => void) | undefined;

  constructor(limits: LeadLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Items were planned. */
  planned(count: number): void {
    this.#open += count;
  }

  /** A batch is begun. */
  begin(): void {
    this.#running++;
  }

  /** A batch has ended, and with it so many planned items, however that went. */
  end(items: number): void {
    this.#open -= items;
    this.#running--;
    // With nothing running nothing would end the wait: what is open was not accepted as work.
    if (this.#open * 2 > this.#limits.eager && this.#running > 0) return;
    this.#wake?.();
    this.#wake = undefined;
  }

  /**
   * Resolves at once while few items are open; else when most of them are over, when the pause is
   * and there is room for more, or when the signal aborts.
   */
  async room(signal: AbortSignal): Promise<void> {
    const { most, eager, pauseMs } = this.#limits;
    if (this.#open < eager || signal.aborted) return;
    const over = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true, signal: over.signal });
    });
    const hasRoom = this.#open < most;
    const pause = hasRoom ? this.#clock.sleep(pauseMs, over).catch(() => {}) : woken;
    await Promise.race([woken, pause]);
    over.abort();
  }
}
