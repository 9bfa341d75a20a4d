/** Ending what a cancelled job left at work on its Star, as soon as the Star can be told. */
import type { Clock } from "#core/clock.ts";
import { type FileOrder, isSyncOrder, type SystemSource } from "#core/file_jobs/mod.ts";
import type { Job } from "#core/magnetar/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { retryDelayMs, type RetryPolicy } from "#core/retry.ts";

/** Jobs whose Star is waited for; work of more ends by itself after its time. */
const MAX_WAITING = 256;
const RETRY: RetryPolicy = { maxAttempts: 20, firstDelayMs: 1000, factor: 2, maxDelayMs: 60_000 };

/** What it works with. */
export interface LeftWorkServices {
  systems: SystemSource;
  clock: Clock;
  random?: () => number;
}

export class LeftWork implements AsyncDisposable {
  readonly #services: LeftWorkServices;
  readonly #closing = new AbortController();
  readonly #waiting = new Set<Promise<void>>();

  constructor(services: LeftWorkServices) {
    this.#services = services;
  }

  /** Never throws; a job that never ran left nothing. */
  end({ id: job, attempt: fence, destStarId, spec }: Job): void {
    if (destStarId === undefined || fence === 0 || !isSyncOrder(spec as FileOrder)) return;
    if (this.#waiting.size >= MAX_WAITING) return;
    const telling = this.#tell(destStarId, { job, fence }).catch(() => {});
    this.#waiting.add(telling);
    void telling.then(() => this.#waiting.delete(telling));
  }

  async #tell(starId: string, claim: { job: string; fence: number }): Promise<void> {
    const { systems, clock, random = Math.random } = this.#services;
    const { signal } = this.#closing;
    for (let failures = 1; failures < RETRY.maxAttempts; failures++) {
      const system = await systems.open(starId, signal);
      try {
        return await system.endWork?.(claim, { signal });
      } catch (error) {
        if (!(error instanceof OrbitError && error.detail.retryable)) throw error;
      }
      await clock.sleep(retryDelayMs(RETRY, failures, random), { signal });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new DOMException("the Nucleus is shutting down", "AbortError"));
    await Promise.all(this.#waiting);
  }
}
