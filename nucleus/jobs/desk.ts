/** Where jobs are asked for. */
import { createFileJob, type FileJobProgress, type FileOrder } from "#core/file_jobs/mod.ts";
import type { JobId, JobStore } from "#core/magnetar/mod.ts";
import type { ScanBatchData } from "#core/system/scan_batch.ts";
import type { ConfiguredRoot } from "#core/program/roots.ts";
import type { JobChanges } from "./changes.ts";

/** Takes jobs, and decides when they run; the dispatcher, where one is at work. */
export interface JobDesk {
  submit(order: FileOrder, options: { label: string; priority?: number }): JobId;
  cancel(id: JobId): void;
  pause(id: JobId): void;
  resume(id: JobId): void;
  /** How far a job that runs now is. */
  progress(id: JobId): FileJobProgress | undefined;
  /** How many jobs run now. */
  readonly running: number;
  /** Nothing runs until another process takes the jobs up. */
  readonly isIdle?: true;
}

/** What there is to know of jobs and to do with them. */
export interface JobServices {
  readonly store: JobStore;
  readonly desk: JobDesk;
  readonly changes: JobChanges;
  /** The places on this machine's own disks that jobs may touch. */
  readonly localRoots: readonly ConfiguredRoot[];
  /** Reads what the dispatcher's `encodeScan` wrote. */
  readonly decodeScan: (output: Uint8Array) => ScanBatchData;
}

/** A desk while no Nucleus runs: jobs wait in the database until one does. */
export function createIdleDesk(store: JobStore): JobDesk {
  return {
    submit: (order, options) => createFileJob(store, order, options),
    cancel: (id) => store.cancel(id),
    pause: (id) => store.pause(id),
    resume: (id) => store.resume(id),
    progress: () => undefined,
    running: 0,
    isIdle: true,
  };
}
