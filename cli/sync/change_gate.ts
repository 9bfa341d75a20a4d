/** When a watched source is quiet enough to be synced again. */
import type { Clock } from "#core/clock.ts";

/** Nothing must change for this long. */
export const QUIET_MS = 300;

/** Under constant change: as long as a first change waits at most. */
export const PATIENCE_MS = 1000;

/** Gathers changes as they come, also while nobody waits for them. */
export class ChangeGate {
  readonly #clock: Clock;
  #firstMs: number | undefined;
  #lastMs = 0;
  #changed = Promise.withResolvers<void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something changed just now. */
  note(): void {
    this.#lastMs = this.#clock.elapsed();
    this.#firstMs ??= this.#lastMs;
    this.#changed.resolve();
  }

  /**
   * Waits until changes have come and settled, or until `rescanMs` passed without any. Changes
   * noted before the call count. Rejects with the signal's reason.
   */
  async wait(rescanMs: number, signal: AbortSignal): Promise<void> {
    const rescanAt = this.#clock.elapsed() + rescanMs;
    for (;;) {
      const now = this.#clock.elapsed();
      const dueAt = this.#firstMs === undefined
        ? rescanAt
        : Math.min(this.#lastMs + QUIET_MS, this.#firstMs + PATIENCE_MS);
      if (now >= dueAt) break;
      await this.#sleepUntil(dueAt - now, signal);
    }
    this.#firstMs = undefined;
    this.#changed = Promise.withResolvers();
  }

  /** Until then; while there is no change, also until the first one. */
  async #sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#firstMs !== undefined) return await this.#clock.sleep(ms, { signal });
    const woken = new AbortController();
    const sleep = this.#clock.sleep(ms, { signal: AbortSignal.any([signal, woken.signal]) });
    sleep.catch(() => {}); // awaited below, unless a change came first
    await Promise.race([sleep, this.#changed.promise]);
    woken.abort();
    signal.throwIfAborted();
  }
}
