/**
 * Making one large file of parcels in segments, so that several workers and connections share it
 * and an interrupted one goes on: `begin`, any number of segments in any order, then `finish`.
 */
import { equalBytes, fromHex, toHex } from "#core/hash/mod.ts";
import { fromErrorData } from "#core/errors.ts";
import { type ParcelFile, type ParcelRecord, readParcel, torn } from "../parcel/format.ts";
import { parentOf } from "../relative_path.ts";
import type { ActionOptions, CopyAction, LargeCheckpoint } from "../system.ts";
import { ArrivingRange } from "./arriving.ts";
import { hashRange } from "./content.ts";
import type { WorkContext } from "./context.ts";
import { prepareStaged, removeIfEmpty, segmentBytesOf, type SegmentResult } from "./large.ts";
import { checkGrowth } from "./growth.ts";
import { finishTarget } from "./new_file.ts";
import type { FileRange } from "./patch.ts";
import { publishStaged } from "./publish.ts";
import { changed } from "./source_trouble.ts";
import { discardStaged, isRegular, stagedPath } from "./staging.ts";

/** A large file on its way; plain data, handed back with every call. */
export interface LargeReceipt {
  base: string;
  action: CopyAction;
  options: ActionOptions;
  /** The source's file as it was when it began. */
  file: ParcelFile;
  /** The staged file was empty when it began. */
  fresh: boolean;
  /** What has been verified before; grows as segments are done. */
  checkpoint: LargeCheckpoint;
}

/** Makes the staged file, or takes up an earlier attempt's when it is still of use. */
export function beginReceipt(
  context: WorkContext,
  base: string,
  action: CopyAction,
  options: ActionOptions,
  file: ParcelFile,
  earlier: LargeCheckpoint | undefined,
): LargeReceipt {
  checkGrowth(file.size, action);
  const tree = context.tree(base);
  const staged = stagedPath(action.path, options.tag, options.partialDirectory);
  const segmentBytes = segmentBytesOf(file.size);
  const usable = earlier !== undefined && earlier.sourceVersion === file.version &&
    earlier.segmentBytes === segmentBytes && earlier.staged === staged && isRegular(tree, staged);
  prepareStaged(tree, staged, file.size, !usable);
  const checkpoint = usable
    ? earlier
    : { sourceVersion: file.version, staged, segmentBytes, segments: {} };
  return { base, action, options, file, fresh: !usable, checkpoint };
}

/** Checks what an earlier attempt has verified of a segment; undefined when it must be fetched. */
export function recallSegment(
  context: WorkContext,
  receipt: LargeReceipt,
  index: number,
): SegmentResult | undefined {
  const { base, checkpoint } = receipt;
  const known = checkpoint.segments[index];
  if (known === undefined) return undefined;
  const { offset, length } = segmentOf(receipt, index);
  using file = context.tree(base).openForWriting(checkpoint.staged);
  const there = hashRange(context, file, offset, length);
  if (there.bytes !== length || !equalBytes(there.hash, fromHex(known))) return undefined;
  return { bytes: 0, verified: length, resumed: length, hash: known };
}

/** Where a segment lies. */
export function segmentOf(
  { checkpoint: { segmentBytes }, file: { size } }: Pick<LargeReceipt, "checkpoint" | "file">,
  index: number,
): FileRange {
  const offset = index * segmentBytes;
  return { offset, length: Math.min(segmentBytes, size - offset) };
}

/** Writes a segment from the parcels given to `next`; `undefined` ends them. */
export function* receiveSegment(
  context: WorkContext,
  receipt: LargeReceipt,
  index: number,
): Generator<undefined, SegmentResult, Uint8Array<ArrayBuffer> | undefined> {
  const { base, checkpoint, options, action, file: facts, fresh } = receipt;
  const { offset, length } = segmentOf(receipt, index);
  using tree = context.disk.openTree(base);
  using file = tree.openForWriting(checkpoint.staged);
  const range = new ArrivingRange(context, {
    ...{ file, path: action.path, offset, length },
    isEmpty: fresh || file.nextData(offset) >= offset + length,
    holes: options.sparse || facts.hasHoles,
    verify: options.verify,
    fromDisk: options.fsync,
  });
  let told: Uint8Array | undefined;
  let isOpen = false;
  for (let parcel = yield; parcel !== undefined; parcel = yield) {
    for (const record of readParcel(parcel)) {
      context.checkCancelled();
      if (record.index !== 0 || told !== undefined) throw torn("more comes than was asked");
      if (isOpen && record.kind === "open") throw torn("a file is opened within another");
      isOpen = true;
      told = takeRecord(range, receipt, record);
    }
    range.settle();
  }
  if (told === undefined) throw torn("it ended too early");
  range.check(told);
  return { bytes: length, verified: options.verify ? length : 0, hash: toHex(told) };
}

/** The hash that the source tells of the segment, when the record is its end. */
function takeRecord(
  range: ArrivingRange,
  { checkpoint, action }: LargeReceipt,
  record: ParcelRecord,
): Uint8Array | undefined {
  switch (record.kind) {
    case "open":
      if (record.file.version === checkpoint.sourceVersion) return;
      throw changed(action.sourcePath);
    case "data":
      return void range.add(record.bytes);
    case "zeros":
      return void range.addZeros(record.length);
    case "close":
      return record.hash.slice();
    case "fail":
      throw fromErrorData(record.error);
    case "chunks":
      throw torn("chunks come where content was asked for");
  }
}

/** Sets metadata and gives the file its name. */
export function finishReceipt(context: WorkContext, receipt: LargeReceipt): void {
  const { base, action, options, checkpoint, file } = receipt;
  {
    using target = context.tree(base).openForWriting(checkpoint.staged);
    target.truncate(file.size);
    finishTarget(target, file, action, options);
  }
  publishStaged(context, base, checkpoint.staged, action.path, options, action);
  if (options.partialDirectory !== undefined) {
    removeIfEmpty(context.tree(base), parentOf(checkpoint.staged));
  }
}

/** Gives a large file up: removes its staged file. */
export function abandonReceipt(context: WorkContext, { base, checkpoint }: LargeReceipt): void {
  discardStaged(context.tree(base), checkpoint.staged);
}
