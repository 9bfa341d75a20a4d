/** The port: what can be asked of the place where jobs are kept. */
import type { StepCounts } from "./handler.ts";
import type { NewStep } from "./graph.ts";
import type { Item, ItemState } from "./item.ts";
import type { Job, JobState } from "./job.ts";
import type { JobId } from "./job_id.ts";
import type { JobFilter } from "./job_table.ts";
import type { LogFilter, LogPiece } from "./log_table.ts";
import type { Output, OutputFilter } from "./output_table.ts";

/** A job to create. */
export interface NewJob {
  /** From `createJobId`, when the caller has to know it before; made when absent. */
  id?: JobId;
  /** Says who can run it: lower-case letters, digits, `_` and `-`. */
  kind: string;
  /** What a person reads. May hold any file name. */
  label: string;
  /** Plain JSON data: all that is needed to run it, in another process too. */
  spec: unknown;
  steps: readonly NewStep[];
  /** For whoever decides which job runs next: higher first. 0 when absent. */
  priority?: number;
  /** The Star that the bytes come from; absent means this machine. */
  sourceStarId?: string;
  /** The Star that the bytes go to; absent means this machine. */
  destStarId?: string;
}

/** Which items to list. */
export interface ItemFilter {
  step?: string;
  states?: readonly ItemState[];
  /** At most so many. */
  limit: number;
  /** The position of the last item of the page before. */
  after?: number;
  /**
   * In the order of their keys' bytes; of one step of a job that doesn't run. However many items
   * there are, a page takes only as long as it is long, but for the first of a step whose keys are
   * distinct (`StepHandler.distinct`), of which all done items are written anew.
   */
  byKey?: boolean;
}

/** Which finished jobs to forget. */
export interface PruneOptions {
  /** Only those that ended longer ago than this. */
  olderThanMs: number;
  /** The newest so many finished jobs stay in any case. */
  keep: number;
}

/**
 * Jobs, their steps and their items, in one database with one owner.
 *
 * All calls are synchronous, and what they wrote survives the death of the process when they
 * return (`synchronous=NORMAL`: after a power failure the newest changes may be missing, but what
 * is there is whole). After a failed write (a full disk) every later one throws the same error,
 * until {@linkcode JobStore.revive}.
 */
export interface JobStore extends Disposable {
  /** Jobs that were found running on opening, because their process had died. */
  readonly recovered: readonly JobId[];
  /** @throws {OrbitError} `invalid` for a cycle, unknown or duplicate names, values without JSON. */
  createJob(job: NewJob): JobId;
  /** @throws {OrbitError} `not_found`. */
  job(id: JobId): Job;
  /** Newest first. */
  jobs(filter?: JobFilter): Job[];
  /**
   * A page of a job's items, in the order of production unless another is asked for.
   *
   * @throws {OrbitError} `not_found` for an unknown job or step.
   */
  items(id: JobId, filter: ItemFilter): Item[];
  /**
   * A page of what a job's done items brought forth, in the order of production.
   *
   * @throws {OrbitError} `not_found` for an unknown job or step.
   */
  outputs(id: JobId, filter: OutputFilter): Output[];
  /** Items and weight by step and state. @throws {OrbitError} `not_found`. */
  counts(id: JobId): Record<string, StepCounts>;
  /**
   * As `counts`; of a running job with many items they may be a moment old, so that looking at it
   * all the time doesn't hold it up.
   */
  glance(id: JobId): Record<string, StepCounts>;
  /** How many jobs there are in each state; a state that no job is in may be missing. */
  countsByState(): Partial<Record<JobState, number>>;
  /** Adds to numbers that are kept with the job, by name. @throws {OrbitError} `not_found`. */
  tally(id: JobId, amounts: Readonly<Record<string, number>>): void;
  /**
   * Keeps what a job tells while it runs: a piece of bytes behind all that it told before, and JSON
   * that says how it stands as a whole, in the place of what was said before.
   *
   * @throws {OrbitError} `not_found`.
   */
  tell(id: JobId, news: { piece?: Uint8Array; report?: unknown }): void;
  /** A page of the pieces that a job told, in that order. */
  told(id: JobId, filter: LogFilter): LogPiece[];
  /**
   * Pauses a job. If it runs, it claims nothing more, lets running batches end and is paused then.
   *
   * @throws {OrbitError} `conflict` when its state doesn't allow that, `not_found`.
   */
  pause(id: JobId): void;
  /** Makes a paused or interrupted job pending. @throws {OrbitError} `conflict`, `not_found`. */
  resume(id: JobId): void;
  /**
   * Cancels a job for good. If it runs, its handlers' signal aborts and it is cancelled when they
   * have ended. @throws {OrbitError} `conflict` when it is finished, `not_found`.
   */
  cancel(id: JobId): void;
  /**
   * Marks jobs that are running, but not in this process, as interrupted. Done on opening.
   * (Items need no recovery: that one is running is never stored.)
   */
  recover(): JobId[];
  /**
   * After a failed write: begins anew from the last good state, which runs had better not outlive.
   * Jobs that were running become interrupted.
   *
   * @throws {OrbitError} `conflict` while a job runs; what the database says when it still can't be
   * written.
   */
  revive(): void;
  /** Forgets finished jobs and gives their space back; returns how many. */
  prune(options: PruneOptions): number;
}
