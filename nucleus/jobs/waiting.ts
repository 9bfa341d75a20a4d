/** The jobs that wait for their turn. */
import type { FileOrder } from "#core/file_jobs/mod.ts";
import type { Job, JobId } from "#core/magnetar/mod.ts";
import { type Traffic, trafficOf } from "./crossing.ts";

/** A job that waits. */
export interface WaitingJob {
  readonly id: JobId;
  readonly priority: number;
  /** Ids of the Stars that it needs; "" stands for this machine. */
  readonly stars: readonly string[];
  /** What it takes from where, and brings to where. */
  readonly traffic: Traffic;
}

/** Jobs in the order of their turns: higher priority first, then the older one. */
export class WaitingJobs {
  readonly #jobs: WaitingJob[] = [];

  add({ id, priority, sourceStarId = "", destStarId = "", spec }: Job): void {
    const stars = sourceStarId === destStarId ? [sourceStarId] : [sourceStarId, destStarId];
    const job = { id, priority, stars, traffic: trafficOf(spec as FileOrder) };
    let from = 0, to = this.#jobs.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (isBefore(this.#jobs[middle], job)) from = middle + 1;
      else to = middle;
    }
    if (this.#jobs[from]?.id !== id) this.#jobs.splice(from, 0, job);
  }

  remove(id: JobId): void {
    const at = this.#jobs.findIndex((job) => job.id === id);
    if (at >= 0) this.#jobs.splice(at, 1);
  }

  /** Takes the first that may run; undefined when none may. */
  take(mayRun: (job: WaitingJob) => boolean): WaitingJob | undefined {
    const at = this.#jobs.findIndex(mayRun);
    return at < 0 ? undefined : this.#jobs.splice(at, 1)[0];
  }
}

function isBefore(a: WaitingJob, b: WaitingJob): boolean {
  return a.priority !== b.priority ? a.priority > b.priority : a.id < b.id;
}
