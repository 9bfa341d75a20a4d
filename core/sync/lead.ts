/** How far planning may run ahead of carrying out. */

/**
 * Keeps count of items that are planned and not over, and lets the planner wait: planning is many
 * times faster than copying, takes the same thread, and would otherwise have all of a large tree
 * planned, and little of it copied, before it leaves room for anything else.
 */
export class Lead {
  readonly #limit: number;
  #open = 0;
  #running = 0;
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
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
    if (this.#open * 2 > this.#limit && this.#running > 0) return;
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Resolves at once below the limit; else when half of it is over, or the signal aborts. */
  room(signal: AbortSignal): Promise<void> {
    if (this.#open < this.#limit || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
