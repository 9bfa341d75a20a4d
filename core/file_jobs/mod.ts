/**
 * File jobs: scan, hash, chunk, verify, copy, sync, mirror and move, on the disks of any machine, as
 * jobs of the engine.
 *
 * An order is plain data; running it needs only a {@linkcode SystemSource}, so nothing here knows
 * which machine a system is on. Results are items with their results (a hash a file), and outputs
 * for what is large (the entries of a scan, the chunks of a file); what could not be read, or
 * differs, is an item that failed, and the job ends `partial`.
 *
 * @module
 */
export type { ChunkedFile, StoredChunk } from "./chunk_job.ts";
export { packChunks, unpackChunks } from "./chunk_job.ts";
export type { HashedFile } from "./hash_job.ts";
export {
  type ChunkOrder,
  FILE_JOB_KINDS,
  type FileOrder,
  type HashOrder,
  isSyncOrder,
  type Place,
  placesOf,
  type ScanOrder,
  SELECT_ALL,
  type Selection,
  SYNC_KINDS,
  type SyncOrder,
  type VerifyOrder,
} from "./order.ts";
export { createFileJob, runFileJob } from "./run.ts";
export { unpackEvents } from "./event_pieces.ts";
export { planGraph, type PlanResult } from "./plan_job.ts";
export type { ScannedTree } from "./scan_job.ts";
export type { FileJobProgress, FileJobServices, SystemSource, SystemUse } from "./services.ts";
export type { SyncJobReport } from "./sync_log.ts";
export { clearStaged, mayLeaveStaged } from "./staged.ts";
export { type FileJobTotals, totalsOf } from "./totals.ts";
export type { VerifiedFile } from "./verify_job.ts";
