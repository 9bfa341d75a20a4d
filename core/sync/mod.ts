/**
 * Sync: scan → diff → plan → apply → verify, streaming, over any two systems.
 *
 * `prepareSync` finds the ends on this machine, `dryRun` and `runSync` consume the same plan.
 *
 * @module
 */
export type {
  ActionKind,
  EntryFacts,
  Explanation,
  PlannedAction,
  SyncEvent,
  SyncOutcome,
  SyncReport,
  SyncTotals,
} from "./events.ts";
export { type EventRecord, toEventRecord } from "./event_record.ts";
export { explainPath } from "./explain.ts";
export { type ManifestFile, type ManifestPage, readManifest } from "./manifest.ts";
export {
  defaultSyncOptions,
  type DeleteLimit,
  type SourcePath,
  type SyncOptions,
  type SyncRequest,
  type VerifyMode,
} from "./options.ts";
export { refuseCollisions } from "./collisions.ts";
export { type Preparation, prepareSync } from "./prepare.ts";
export type { SyncEnds } from "./far_directories.ts";
export { prepareBetween, type SyncBetween } from "./prepare_between.ts";
export {
  dryRun,
  type PreparedSync,
  runSync,
  stagingTag,
  type SyncJob,
  type SyncServices,
} from "./run_sync.ts";
export { syncStepGraph } from "./steps.ts";
export { addTotals, zeroTotals } from "./totals.ts";
