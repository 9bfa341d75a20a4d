/** The newest attempt at each job that a Star has heard of. */
import { OrbitError } from "#core/errors.ts";
import type { WorkClaim } from "#core/system/mod.ts";

/** Jobs that are remembered; the one used longest ago is forgotten first. */
const MAX_JOBS = 1024;

/** Refuses what older attempts want. */
export class Fences {
  /** From the job used longest ago to the one used last. */
  readonly #fences = new Map<string, number>();

  /** @param known From the job used longest ago to the one used last. */
  constructor(known: Iterable<WorkClaim> = []) {
    for (const { job, fence } of known) this.#fences.set(job, fence);
  }

  /**
   * Takes an attempt for the newest one; says whether it wasn't known yet.
   *
   * @throws {OrbitError} `conflict` when a newer one was seen.
   */
  raise({ job, fence }: WorkClaim): boolean {
    const known = this.#fences.get(job);
    if (known !== undefined && known > fence) {
      throw new OrbitError(
        "conflict",
        `transfer for attempt ${fence} of job ${job}: attempt ${known} has begun already`,
      );
    }
    this.#fences.delete(job);
    this.#fences.set(job, fence);
    if (this.#fences.size > MAX_JOBS) this.#fences.delete(this.#fences.keys().next().value!);
    return known !== fence;
  }

  /** From the job used longest ago to the one used last. */
  *[Symbol.iterator](): Generator<WorkClaim> {
    for (const [job, fence] of this.#fences) yield { job, fence };
  }
}
