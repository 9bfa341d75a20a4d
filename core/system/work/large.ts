/**
 * Copying one large file in segments, so that several workers share it and an interrupted copy
 * goes on: `begin`, any number of `segment` calls in any order, then `finish`.
 */
import { equalBytes, fromHex, toHex } from "#core/hash/mod.ts";
import type { FileHandle, Tree } from "../disk.ts";
import { parentOf } from "../relative_path.ts";
import type { ActionOptions, ActionResult, CopyAction, LargeCheckpoint } from "../system.ts";
import { copyRange, hashRange, isSparse, isZeroRange, versionOf } from "./content.ts";
import type { WorkContext } from "./context.ts";
import { canWriteInPlace, type CopyPlace, openInPlace } from "./copy.ts";
import { finishTarget } from "./new_file.ts";
import { publishStaged } from "./publish.ts";
import { atSource, changed } from "./source_trouble.ts";
import {
  createStaged,
  discardStaged,
  errnoOf,
  isRegular,
  makeParents,
  stagedPath,
} from "./staging.ts";

/** Files at least this large are copied in segments. */
export const LARGE_BYTES = 64 * 1024 * 1024;

const SEGMENT_LEAST = 8 * 1024 * 1024, SEGMENT_MOST = 32 * 1024 * 1024;

/**
 * Bytes of a segment of a file, also the unit of a resume: at most a fortieth of it where that isn't
 * too little, so that with four on their way at a time an interruption costs a tenth at most.
 */
export function segmentBytesOf(size: number): number {
  let bytes = SEGMENT_MOST;
  while (bytes > SEGMENT_LEAST && bytes * 40 > size) bytes /= 2;
  return bytes;
}

/** A large copy under way; plain data, handed back with every call. */
export interface LargeCopy {
  place: CopyPlace;
  action: CopyAction;
  options: ActionOptions;
  size: number;
  /** The final file itself is overwritten: nothing is staged. */
  inPlace: boolean;
  /** Zero runs stay unwritten, where the target is still empty. */
  holes: boolean;
  /** The target was made for this copy, and so was empty when it began. */
  fresh: boolean;
  /** What has been verified before; grows as segments are done. */
  checkpoint: LargeCheckpoint;
}

/** Opens both sides, taking up an earlier attempt's staged file when it is still of use. */
export function beginLarge(
  context: WorkContext,
  place: CopyPlace,
  action: CopyAction,
  options: ActionOptions,
  earlier: LargeCheckpoint | undefined,
): LargeCopy {
  using source = openSource(context, place, action, options.followLinks);
  const facts = source.facts();
  const sourceVersion = versionOf(facts), segmentBytes = segmentBytesOf(facts.size);
  const tree = context.tree(place.base);
  const inPlace = canWriteInPlace(tree, action.path, options);
  const staged = inPlace
    ? action.path
    : stagedPath(action.path, options.tag, options.partialDirectory);
  const usable = earlier !== undefined && !inPlace &&
    earlier.sourceVersion === sourceVersion && earlier.segmentBytes === segmentBytes &&
    earlier.staged === staged && isRegular(tree, staged);
  const fresh = !usable && !inPlace;
  if (inPlace) openInPlace(tree, staged)[Symbol.dispose]();
  else prepareStaged(tree, staged, facts.size, fresh);
  return {
    place,
    action,
    options,
    size: facts.size,
    inPlace,
    fresh,
    holes: !inPlace && (options.sparse || isSparse(facts)),
    checkpoint: usable ? earlier : { sourceVersion, staged, segmentBytes, segments: {} },
  };
}

/** What became of one segment. */
export interface SegmentResult extends ActionResult {
  /** Lower hex BLAKE3 of the segment. */
  hash: string;
}

/** Copies and verifies one segment, unless what an earlier attempt wrote still has its hash. */
export function copySegment(context: WorkContext, copy: LargeCopy, index: number): SegmentResult {
  const { place, action, options, checkpoint } = copy;
  const offset = index * checkpoint.segmentBytes;
  const length = Math.min(checkpoint.segmentBytes, copy.size - offset);
  using target = context.tree(place.base).openForWriting(checkpoint.staged);
  const known = checkpoint.segments[index];
  if (known !== undefined) {
    const there = hashRange(context, target, offset, length);
    if (there.bytes === length && equalBytes(there.hash, fromHex(known))) {
      return { bytes: 0, verified: length, resumed: length, hash: known };
    }
  }
  using source = openSource(context, place, action, options.followLinks);
  const holes = copy.holes && (copy.fresh || isZeroRange(context, target, offset, length));
  if (holes && source.nextData(offset) >= offset + length) {
    assertUnchanged(source, copy);
    // A resume compares the hole with the hash of its zeros, like any other segment.
    const hash = target.nextData(offset) >= offset + length
      ? context.hashOfZeros(length)
      : hashRange(context, target, offset, length).hash;
    return { bytes: 0, verified: options.verify ? length : 0, hash: toHex(hash) };
  }
  const copied = copyRange(context, source, target, { offset, length }, {
    holes,
    verify: options.verify ? { path: action.path, fromDisk: options.fsync } : undefined,
  });
  if (copied.bytes !== length) throw changed(action.sourcePath);
  assertUnchanged(source, copy);
  return { bytes: length, verified: options.verify ? length : 0, hash: toHex(copied.hash) };
}

/** Sets metadata and gives the file its name, if the source is still what was copied. */
export function finishLarge(context: WorkContext, copy: LargeCopy): void {
  const { place, action, options, checkpoint } = copy;
  using source = openSource(context, place, action, options.followLinks);
  {
    using target = context.tree(place.base).openForWriting(checkpoint.staged);
    assertUnchanged(source, copy);
    target.truncate(copy.size);
    finishTarget(target, source.facts(), action, options);
  }
  if (copy.inPlace) return;
  publishStaged(context, place.base, checkpoint.staged, action.path, options, action);
  if (options.partialDirectory !== undefined) {
    removeIfEmpty(context.tree(place.base), parentOf(checkpoint.staged));
  }
}

/** The last one out takes the directory of partial files along; made for them, it is no content. */
export function removeIfEmpty(tree: Tree, path: string): void {
  try {
    tree.removeDirectory(path);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(errnoOf(error) ?? "")) throw error;
  }
}

/** Gives up a large copy: removes its staged file. */
export function abandonLarge(context: WorkContext, copy: LargeCopy): void {
  if (!copy.inPlace) {
    discardStaged(context.tree(copy.place.base), copy.checkpoint.staged);
  }
}

function openSource(
  context: WorkContext,
  place: CopyPlace,
  action: CopyAction,
  follow: boolean,
): FileHandle {
  return atSource(() => context.tree(place.source).openFile(action.sourcePath, { follow }));
}

function assertUnchanged(source: FileHandle, copy: LargeCopy): void {
  if (versionOf(source.facts()) !== copy.checkpoint.sourceVersion) {
    throw changed(copy.action.sourcePath);
  }
}

/** The staged file has its full size from the start: segments only ever write within it. */
export function prepareStaged(tree: Tree, staged: string, size: number, fresh: boolean): void {
  makeParents(tree, parentOf(staged));
  using target = fresh
    ? createStaged(tree, staged, () => tree.createFile(staged))
    : tree.openForWriting(staged);
  if (target.facts().size < size) target.truncate(size);
}
