/**
 * The job engine: everything that takes time is a job, a graph of steps over streams of items,
 * kept in `jobs.db` so that it survives the death of its process. Knows nothing of what the items
 * are.
 *
 * ```ts
 * using store = openJobStore(folder);
 * const id = store.createJob({ kind: "sync", label, spec, steps: [{ name: "copy" }] });
 * const outcome = await runJob(store, id, { steps: { copy: handler }, signal });
 * ```
 *
 * @module
 */
export type { JobEvent, JobOutcome, StepProgress } from "./event.ts";
export type { NewStep } from "./graph.ts";
export type { StepContext, StepCounts, StepHandler } from "./handler.ts";
export type {
  ClaimedItem,
  Item,
  ItemOutcome,
  ItemState,
  NewItem,
  Recovered,
  Tally,
} from "./item.ts";
export {
  isFinished,
  type Job,
  JobCancelled,
  type JobState,
  type Step,
  type StepState,
} from "./job.ts";
export { createJobId, type JobId, parseJobId } from "./job_id.ts";
export { runJob, type RunOptions } from "./job_run.ts";
export type { ItemFilter, JobStore, NewJob, PruneOptions } from "./job_store.ts";
export type { JobFilter } from "./job_table.ts";
export type { LogFilter, LogPiece } from "./log_table.ts";
export type { Output, OutputFilter } from "./output_table.ts";
export type { FlushBounds } from "./pacer.ts";
export type { WindowBounds } from "./ready_queue.ts";
export { openJobStore, type StoreOptions } from "./store.ts";
