/**
 * Files, wherever they are: the port {@linkcode OrbitSystem} and the systems of this machine.
 *
 * Everything above works on batches and streams through the port and can't tell where the disk is.
 * {@linkcode openLocalSystem} gives this machine's files, worked on by threads that are confined to
 * the roots in use; {@linkcode openInlineSystem} any {@linkcode Disk}, usually one in memory
 * ({@linkcode createMemoryDisk}), in this thread. Content goes from one to any other by
 * {@linkcode OrbitSystem.transferTo}.
 *
 * ```ts
 * import { openLocalSystem } from "#core/system/mod.ts";
 *
 * await using system = await openLocalSystem({ read: ["/data"], write: [] });
 * for await (const batch of system.scanTree({ base: "/data", recursive: true })) {
 *   for (const part of batch.data.parts) {
 *     for (let row = part.from; row < part.to; row++) {
 *       console.log(part.directory, batch.name(row), batch.size(row));
 *     }
 *   }
 * }
 * ```
 *
 * Promises that hold for every system:
 * - What lies outside its roots is refused with `denied`, whether or not it exists, links included;
 *   malformed paths with `invalid`.
 * - A written file appears under its name whole and, if asked for, verified, or not at all (unless
 *   it is overwritten in place); a crash leaves at most a staged name ({@linkcode stagedTag}),
 *   which the next run of its job replaces.
 * - Trouble with one item is data in the result; errors are `OrbitError`s, cancellation is the
 *   signal's own reason.
 *
 * A new system proves itself by `testSystem` of `system_conformance.ts`.
 *
 * @module
 */
export type {
  Action,
  ActionOptions,
  ActionResult,
  CallOptions,
  Confinable,
  CopyAction,
  HashOptions,
  HashResult,
  Inspection,
  LargeCheckpoint,
  OrbitSystem,
  PlainAction,
  RenameAction,
  ScanRequest,
  TransferOptions,
  TransferRequest,
  Unlike,
} from "./system.ts";

export { confineTo } from "./confine.ts";
export { type LocalSystem, type LocalSystemOptions, openLocalSystem } from "./local_system.ts";
export type { Walls } from "./walls.ts";
export {
  type ConfinedRoot,
  type ConfinedSystem,
  type ConfinedSystemOptions,
  openConfinedSystem,
} from "./confined_system.ts";
export { type GivenUp, giveUpPermissions } from "./give_up_permissions.ts";
export { openStateFiles, type StateFiles } from "./state_files.ts";
export type { WorkerPoolOptions } from "./worker_pool_options.ts";
export { openInlineSystem } from "./memory_system.ts";
export { createMemoryDisk, type MemoryDiskOptions } from "./disk_memory.ts";
export {
  createFaultySystem,
  type SystemCall,
  type SystemFaultPlan,
  type SystemOperation,
} from "./faulty_system.ts";

export type {
  AlikeRule,
  Attributes,
  AttributeSelection,
  Disk,
  DiskFeatures,
  FileFacts,
  FileHandle,
  Metadata,
  Tree,
} from "./disk.ts";
export { openDisk, type OpenDiskOptions } from "./open_disk.ts";
export type { DriverChoice } from "./worker_protocol.ts";

export {
  type AlikeFiles,
  Column,
  type Entry,
  FileType,
  ROW_WORDS,
  ScanBatch,
  type ScanBatchData,
  type ScanPart,
  type ScanTrouble,
} from "./scan_batch.ts";
export { ScanBatchBuilder } from "./scan_batch_builder.ts";

export {
  checkRecipeRange,
  PACK_BOUNDS,
  type PackItem,
  type PackRequest,
  type PackSource,
  type RecipeRange,
} from "./parcel/request.ts";
export { hashCount, MAX_FIND, type NearbyChunks } from "./parcel/nearby.ts";
export { PARCEL_BYTES } from "./parcel/format.ts";
export { type NameList, namesOfRows } from "./name_list.ts";
export type { ClaimNews, WorkClaim, WorkName } from "./named_work.ts";
export { baseName, checkRelativePath, joinPath, parentOf } from "./relative_path.ts";
export { stagedTag } from "./work/staging.ts";

export { isOneRequest } from "./receive.ts";
export { LARGE_BYTES } from "./work/large.ts";
