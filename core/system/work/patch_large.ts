/** Segments of one large file that is received as a delta; see `receive_large.ts`. */
import { fromErrorData } from "#core/errors.ts";
import { toHex } from "#core/hash/mod.ts";
import type { MatchedChunks } from "../delta/match.ts";
import { readParcel, torn } from "../parcel/format.ts";
import { readFromDisk } from "./content.ts";
import type { WorkContext } from "./context.ts";
import { ArrivingPiece, copyKnown, type FileRange, findBad, openBasis } from "./patch.ts";
import type { LargeReceipt } from "./receive_large.ts";
import { changed } from "./source_trouble.ts";

/**
 * Puts the chunks of a segment that have a place in the destination's own file into the staged one.
 *
 * @returns Numbers of those that aren't there, or not any more.
 */
export function copySegmentChunks(
  context: WorkContext,
  { base, action, checkpoint, options, file, fresh }: LargeReceipt,
  chunks: MatchedChunks,
): number[] {
  const tree = context.tree(base);
  using target = tree.openForWriting(checkpoint.staged);
  using basis = openBasis(tree, action.path);
  const holes = fresh && (options.sparse || file.hasHoles);
  return copyKnown(context, basis, target, chunks, holes);
}

/** How ranges are filled. */
export interface FillOptions {
  /** Nothing was written there since the receipt was begun. */
  isEmpty: boolean;
  /** They come of the source's file, not of others that have the same chunks. */
  isSource: boolean;
}

/** Writes ranges of the file from the parcels given to `next`; `undefined` ends them. */
export function* fillSegment(
  context: WorkContext,
  { base, checkpoint, action, fresh }: LargeReceipt,
  ranges: readonly FileRange[],
  { isEmpty, isSource }: FillOptions,
): Generator<undefined, void, Uint8Array<ArrayBuffer> | undefined> {
  using tree = context.disk.openTree(base);
  using file = tree.openForWriting(checkpoint.staged);
  let index = 0;
  let piece: ArrivingPiece | undefined;
  for (let parcel = yield; parcel !== undefined; parcel = yield) {
    for (const record of readParcel(parcel)) {
      context.checkCancelled();
      if (record.index !== index || index === ranges.length) throw torn("more than was asked");
      if (record.kind === "fail") throw fromErrorData(record.error);
      if (record.kind === "open") {
        if (piece !== undefined) throw torn("a file is opened within another");
        const isSame = record.file.version === checkpoint.sourceVersion;
        if (isSource && !isSame) throw changed(action.sourcePath);
        piece = new ArrivingPiece(file, ranges[index], fresh && isEmpty);
      } else if (piece === undefined) throw torn("content comes without a file");
      else piece.take(record);
      if (record.kind === "close") [piece, index] = [undefined, index + 1];
    }
  }
  if (index < ranges.length) throw torn("it ended too early");
}

/**
 * Reads chunks of a segment back: those of these numbers, or all when the disk itself is asked.
 *
 * @returns The segment's hash, which is that of its chunks' hashes, and numbers of the chunks that
 * aren't what the source told.
 */
export function checkSegmentChunks(
  context: WorkContext,
  { base, checkpoint, options }: LargeReceipt,
  chunks: MatchedChunks,
  numbers?: readonly number[],
): { hash: string; bad: number[] } {
  using file = context.tree(base).openForWriting(checkpoint.staged);
  if (options.fsync) readFromDisk(file);
  const bad = findBad(context, file, chunks, options.fsync ? undefined : numbers);
  return { hash: toHex(context.blake3.hash(chunks.hashes)), bad };
}
