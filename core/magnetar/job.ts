/** What a job is: its states, which may follow which, and its record. */
import { type ErrorData, OrbitError } from "#core/errors.ts";
import type { JobId } from "./job_id.ts";

/** Where a job stands. The last four are final. */
export type JobState =
  /** Waits to be run. */
  | "pending"
  /** Runs in this process. */
  | "running"
  /** Stopped by request, until it is resumed. */
  | "paused"
  /** Stopped by a signal or by the death of its process; can be run again. */
  | "interrupted"
  /** Every item is done or was skipped. */
  | "succeeded"
  /** It ran to its end, but some items failed. */
  | "partial"
  /** A step failed, so that it could not run to its end. */
  | "failed"
  | "cancelled";

/** Where a step stands. */
export type StepState = "pending" | "running" | "done" | "failed" | "skipped";

/** A step of a job. */
export interface Step {
  name: string;
  /** Steps that must be over before this one starts. */
  after: readonly string[];
  state: StepState;
  /** Production of items came to its end. */
  produced: boolean;
  error?: ErrorData;
}

/** A job, as it was when it was asked for. */
export interface Job {
  id: JobId;
  kind: string;
  label: string;
  /** What the job's kind needs to run it: JSON. */
  spec: unknown;
  state: JobState;
  /** How often it was started. */
  attempt: number;
  priority: number;
  /** The Star that the bytes come from; undefined means this machine. */
  sourceStarId?: string;
  /** The Star that the bytes go to; undefined means this machine. */
  destStarId?: string;
  createdAtMs: number;
  /** What its attempts counted, by name; see {@linkcode JobStore.tally}. */
  tallies: Readonly<Record<string, number>>;
  /** What was last said of it as a whole; see {@linkcode JobStore.tell}. */
  report?: unknown;
  /** Start of the newest attempt. */
  startedAtMs?: number;
  finishedAtMs?: number;
  /** Why it failed. */
  error?: ErrorData;
  /** In an order in which they can run. */
  steps: Step[];
}

const NEXT: Record<JobState, readonly JobState[]> = {
  pending: ["running", "paused", "cancelled"],
  running: ["paused", "interrupted", "succeeded", "partial", "failed", "cancelled"],
  paused: ["pending", "cancelled"],
  interrupted: ["running", "pending", "paused", "cancelled"],
  succeeded: [],
  partial: [],
  failed: [],
  cancelled: [],
};

/** Whether a job in this state can never run again. */
export function isFinished(state: JobState): boolean {
  return NEXT[state].length === 0;
}

/** @throws {OrbitError} `conflict` when a job can't go from one state to the other. */
export function checkTransition(action: string, id: JobId, from: JobState, to: JobState): void {
  if (NEXT[from].includes(to)) return;
  throw new OrbitError("conflict", `${action} job ${JSON.stringify(id)}: it is ${from}`);
}

/** What the signals of a job's handlers abort with when it is cancelled: nothing of it goes on. */
export class JobCancelled extends DOMException {
  constructor() {
    super("the job was cancelled", "AbortError");
  }
}
