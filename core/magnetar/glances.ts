/** Counts of a running job for those who only look at it. */
import type { StepCounts } from "./handler.ts";
import type { JobId } from "./job_id.ts";

/** Jobs of fewer items are counted whenever somebody looks. */
const MANY_ITEMS = 4096;
/** How much longer a count is good for than it took: who looks costs a twentieth of the time. */
const SHARE = 20;

/** What a job's items came to by step, and when that was counted. */
interface Glance {
  counts: Record<string, StepCounts>;
  untilMs: number;
}

/** Keeps counts for a moment: every item is looked at to count them, with the job waiting. */
export class Glances {
  readonly #kept = new Map<JobId, Glance>();
  readonly #nowMs: () => number;

  /** @param nowMs Milliseconds since any moment. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** What `count` gives, or gave a moment ago. */
  at(id: JobId, count: () => Record<string, StepCounts>): Record<string, StepCounts> {
    const kept = this.#kept.get(id), beganMs = this.#nowMs();
    if (kept !== undefined && beganMs < kept.untilMs) return kept.counts;
    const counts = count(), endedMs = this.#nowMs();
    const untilMs = endedMs + (endedMs - beganMs) * SHARE;
    if (itemsIn(counts) < MANY_ITEMS) this.#kept.delete(id);
    else this.#kept.set(id, { counts, untilMs });
    return counts;
  }

  /** The job no longer runs: what it came to stays, and is counted anew. */
  forget(id: JobId): void {
    this.#kept.delete(id);
  }
}

function itemsIn(counts: Record<string, StepCounts>): number {
  const tallies = Object.values(counts).flatMap((states) => Object.values(states));
  return tallies.reduce((sum, { items }) => sum + items, 0);
}
