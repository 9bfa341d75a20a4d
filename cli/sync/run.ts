/** The engine's side of `orbit sync`, as the commands call it. */
import type { SyncEvent, SyncReport } from "#core/sync/events.ts";
import type { SyncRequest } from "#core/sync/options.ts";

/** What a run is given beside its request. */
export interface SyncRunOptions {
  /** Stops the run within a second; it then reports `interrupted`. */
  signal: AbortSignal;
  /** Told of everything, in order; called synchronously. */
  observer: (event: SyncEvent) => void;
  /** Files worked on at a time. */
  jobs?: number;
  /** Absolute path of a file to write hashes to. */
  manifest?: string;
  /** Stay, and sync again when a source changes. */
  watch: boolean;
  /** A path relative to the source: report on it alone. */
  explain?: string;
  /** The job to go on with. */
  resume?: string;
}

/** Runs a sync to its end. Rejects with an OrbitError, or with `signal.reason`. */
export type RunSync<Request = SyncRequest> = (
  request: Request,
  options: SyncRunOptions,
) => Promise<SyncReport>;
