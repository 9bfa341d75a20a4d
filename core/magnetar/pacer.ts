/** When to flush, and when to let the event loop turn. */
import type { Clock } from "#core/clock.ts";

/** How much work may be lost to `kill -9`. */
export interface FlushBounds {
  maxOutcomes: number;
  maxDelayMs: number;
}

export const DEFAULT_FLUSH: FlushBounds = { maxOutcomes: 1000, maxDelayMs: 250 };

/** Flushes after so many outcomes or so much time, whichever comes first. */
export class FlushPacer {
  #outcomes = 0;
  /** When the oldest change that isn't flushed was made. */
  #sinceMs?: number;
  #timer?: AbortController;

  constructor(
    readonly clock: Clock,
    readonly bounds: FlushBounds,
    readonly flush: () => void,
    readonly onError: (error: unknown) => void,
  ) {}

  /** Something was written, so many outcomes among it, that is to be flushed soon. */
  changed(outcomes: number): void {
    const nowMs = this.clock.elapsed();
    this.#sinceMs ??= nowMs;
    this.#outcomes += outcomes;
    const isLate = nowMs - this.#sinceMs >= this.bounds.maxDelayMs;
    if (isLate || this.#outcomes >= this.bounds.maxOutcomes) this.#flush();
    else if (!this.#timer) this.#arm();
  }

  #flush(): void {
    this.#outcomes = 0;
    this.#sinceMs = undefined;
    this.flush();
  }

  /** Flushes no more by itself. */
  stop(): void {
    this.#timer?.abort();
  }

  /** The timer isn't moved by other flushes: it may find nothing to do, or fire early. */
  #arm(): void {
    const timer = this.#timer = new AbortController();
    this.clock.sleep(this.bounds.maxDelayMs, { signal: timer.signal }).then(
      () => {
        this.#timer = undefined;
        if (this.#sinceMs !== undefined) this.#flush();
      },
      () => {},
    ).catch(this.onError);
  }
}

/** Turns of the event loop for code that could otherwise go on for long on microtasks alone. */
export class Breather {
  #lastMs: number;

  constructor(readonly clock: Clock, readonly everyMs: number) {
    this.#lastMs = clock.elapsed();
  }

  /** Whether it is time for {@linkcode nextTurn}. */
  isDue(): boolean {
    const nowMs = this.clock.elapsed();
    if (nowMs - this.#lastMs < this.everyMs) return false;
    this.#lastMs = nowMs;
    return true;
  }
}
