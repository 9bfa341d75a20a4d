/** Ending and clearing away what a cancelled job left on its Star, as soon as that is there. */
import type { Clock } from "#core/clock.ts";
import {
  clearStaged,
  type FileOrder,
  isSyncOrder,
  mayLeaveStaged,
  type SystemSource,
} from "#core/file_jobs/mod.ts";
import type { Job, JobId, JobStore } from "#core/magnetar/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { retryDelayMs, type RetryPolicy } from "#core/retry.ts";

/** Jobs whose Star is waited for; work of more ends by itself after its time. */
const MAX_WAITING = 256;
/** The tally of jobs that have left something, for the next process. */
const LEFT = "left_work";
const RETRY: RetryPolicy = { maxAttempts: 20, firstDelayMs: 1000, factor: 2, maxDelayMs: 60_000 };

/** What it works with. */
export interface LeftWorkServices {
  store: JobStore;
  systems: SystemSource;
  clock: Clock;
  random?: () => number;
}

export class LeftWork implements AsyncDisposable {
  readonly #services: LeftWorkServices;
  readonly #closing = new AbortController();
  readonly #waiting = new Map<JobId, Promise<void>>();

  constructor(services: LeftWorkServices) {
    this.#services = services;
  }

  /**
   * Of a job that was just cancelled, whose run is over with `over`. Never throws; a job that never
   * ran left nothing.
   */
  end(job: Job, over: Promise<void> = Promise.resolve()): void {
    if (job.attempt === 0 || !isSyncOrder(job.spec as FileOrder)) return;
    this.#mark(job.id, 1);
    this.#begin(job, over);
  }

  /** What earlier processes didn't come to. */
  takeUp(): void {
    for (const job of this.#services.store.jobs({ states: ["cancelled"], limit: -1 })) {
      if ((job.tallies[LEFT] ?? 0) > 0) this.#begin(job, Promise.resolve());
    }
  }

  #begin(job: Job, over: Promise<void>): void {
    if (this.#waiting.size >= MAX_WAITING || this.#waiting.has(job.id)) return;
    const ending = this.#end(job, over).catch(() => {});
    this.#waiting.set(job.id, ending);
    void ending.then(() => this.#waiting.delete(job.id));
  }

  /** What can't be marked ends by itself, or is cleared away by the next sync there. */
  #mark(id: JobId, amount: number): void {
    try {
      this.#services.store.tally(id, { [LEFT]: amount });
    } catch {
      // That the database can't be written others tell.
    }
  }

  async #end(job: Job, over: Promise<void>): Promise<void> {
    const { store, systems, clock, random = Math.random } = this.#services;
    const { signal } = this.#closing;
    const claim = { job: job.id, fence: job.attempt };
    const { scope } = job.spec as FileOrder;
    for (let failures = 1; failures < RETRY.maxAttempts; failures++) {
      const system = await systems.open(job.destStarId, signal, { relay: false, scope });
      try {
        await system.endWork?.(claim, { signal });
        await over;
        if (mayLeaveStaged(job)) await clearStaged(store, job, system, signal);
        return this.#mark(job.id, -1);
      } catch (error) {
        if (!(error instanceof OrbitError && error.detail.retryable)) throw error;
      }
      await clock.sleep(retryDelayMs(RETRY, failures, random), { signal });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new DOMException("the Nucleus is shutting down", "AbortError"));
    await Promise.all(this.#waiting.values());
  }
}
