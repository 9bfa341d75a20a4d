/** What an observer of a running job is told. */
import type { ErrorData } from "#core/errors.ts";
import type { ItemOutcome, Tally } from "./item.ts";
import type { JobState, StepState } from "./job.ts";
import type { JobId } from "./job_id.ts";

/** How far a step is. Each number only grows within an attempt. */
export interface StepProgress {
  /** Known so far, those that are over included. */
  produced: Tally;
  done: Tally;
  failed: Tally;
  skipped: Tally;
  /** How often an item failed and was put off. */
  retries: number;
}

/** Something happened in a job. */
export type JobEvent =
  | { type: "job"; jobId: JobId; attempt: number; state: JobState; error?: ErrorData }
  | {
    type: "step";
    jobId: JobId;
    attempt: number;
    step: string;
    state: StepState;
    error?: ErrorData;
  }
  /** Items were produced. `progress` is a copy. */
  | { type: "produced"; jobId: JobId; attempt: number; step: string; progress: StepProgress }
  /**
   * Outcomes were reported, as the handler gave them (a failed one among them may be retried: see
   * `retrying`). They are flushed soon after, not before. `progress` is a copy.
   */
  | {
    type: "outcomes";
    jobId: JobId;
    attempt: number;
    step: string;
    outcomes: readonly ItemOutcome[];
    /** Keys of failed outcomes that will be tried again. */
    retrying: readonly string[];
    progress: StepProgress;
  };

/** How a run of a job ended. */
export interface JobOutcome {
  jobId: JobId;
  state: JobState;
  attempt: number;
  /** By step: every step of the job. */
  steps: Record<string, StepProgress>;
  /** Why it failed. */
  error?: ErrorData;
}

/** Progress of a step that has no items yet. */
export function noProgress(): StepProgress {
  const none = () => ({ items: 0, weight: 0 });
  return { produced: none(), done: none(), failed: none(), skipped: none(), retries: 0 };
}

/** A copy that later progress doesn't change. */
export function copyProgress(progress: StepProgress): StepProgress {
  return {
    produced: { ...progress.produced },
    done: { ...progress.done },
    failed: { ...progress.failed },
    skipped: { ...progress.skipped },
    retries: progress.retries,
  };
}
