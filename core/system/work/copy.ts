/** Copying one regular file in one go: staged, verified, published. */
import type { FileFacts, FileHandle, Metadata, Tree } from "../disk.ts";
import { FileType } from "../scan_batch.ts";
import type { ActionOptions, ActionResult, CopyAction } from "../system.ts";
import { copyBlock, copyRange, isSparse, verifyBlock, verifyRange, versionOf } from "./content.ts";
import { BLOCK_BYTES, type WorkContext } from "./context.ts";
import { publishStaged } from "./publish.ts";
import { atSource, changed } from "./source_trouble.ts";
import { createStaged, discardQuietly, discardStaged, errnoOf, stagedPath } from "./staging.ts";

/** How often a source that changes while it is read is tried again at once. */
const CHANGE_TRIES = 3;

/** Where a copy reads and writes. */
export interface CopyPlace {
  /** Absolute base of the source. */
  source: string;
  /** Absolute base of the destination. */
  base: string;
}

/**
 * Copies a file. It appears under its final name complete and verified, or not at all (unless
 * `inplace`).
 *
 * @throws `conflict` with errno "ECHANGED" when the source kept changing.
 */
export function copyFile(
  context: WorkContext,
  place: CopyPlace,
  action: CopyAction,
  options: ActionOptions,
): ActionResult {
  const follow = options.followLinks;
  using source = atSource(() => context.tree(place.source).openFile(action.sourcePath, { follow }));
  for (let tries = 1;; tries++) {
    const result = tryCopy(context, place, source, action, options);
    if (result !== undefined) return result;
    if (tries === CHANGE_TRIES) throw changed(action.sourcePath);
  }
}

/** One try; undefined when the source changed meanwhile. */
function tryCopy(
  context: WorkContext,
  place: CopyPlace,
  source: FileHandle,
  action: CopyAction,
  options: ActionOptions,
): ActionResult | undefined {
  const tree = context.tree(place.base);
  const before = source.facts();
  const inPlace = canWriteInPlace(tree, action.path, options);
  const staged = inPlace ? action.path : stagedPath(context.blake3, action.path, options.tag);
  try {
    using target = inPlace
      ? openInPlace(tree, staged)
      : createStaged(tree, staged, () => tree.createFile(staged));
    const holes = !inPlace && (options.sparse || isSparse(before));
    const inOneBlock = before.size <= BLOCK_BYTES;
    const copied = inOneBlock
      ? { bytes: copyBlock(context, source, target, before.size, holes) }
      : copyRange(context, source, target, 0, before.size, holes);
    if (copied.bytes !== before.size || versionOf(source.facts()) !== versionOf(before)) {
      if (!inPlace) discardStaged(tree, staged);
      return undefined;
    }
    if (holes || inPlace) target.truncate(before.size);
    finishTarget(target, before, action, options);
    if (options.verify) {
      if ("hash" in copied) verifyRange(context, target, 0, copied, action.path, options.fsync);
      else verifyBlock(context, target, copied.bytes, action.path, options.fsync);
    }
    if (!inPlace) publish(context, place.base, staged, action, options);
    return {
      bytes: copied.bytes,
      verified: options.verify ? copied.bytes : 0,
      size: before.size,
    };
  } catch (error) {
    if (!inPlace) discardQuietly(tree, staged);
    throw error;
  }
}

/**
 * Whether a copy overwrites what is there: only a regular file can be, and one that must be kept
 * as a backup, or has other names that would change with it, is replaced instead. Everything else
 * is staged even with `inplace`.
 */
export function canWriteInPlace(tree: Tree, path: string, options: ActionOptions): boolean {
  if (!options.inplace || options.backup !== undefined) return false;
  const facts = tree.facts(path);
  return facts !== null && (facts.mode & FileType.mask) === FileType.file && facts.nlink === 1;
}

/** Writes metadata to a complete file and, if asked, forces all of it to stable storage. */
export function finishTarget(
  target: FileHandle,
  facts: FileFacts,
  action: CopyAction,
  options: ActionOptions,
): void {
  const metadata: Metadata = { ...action.metadata };
  if (options.keepTimes) {
    metadata.mtime = facts.mtime;
    metadata.mtimeNs = facts.mtimeNs;
  }
  target.apply(metadata);
  if (options.fsync) target.sync();
}

/** Gives a staged copy its name. */
export function publish(
  context: WorkContext,
  base: string,
  staged: string,
  action: CopyAction,
  options: ActionOptions,
): void {
  const { clearsDirectory } = action;
  publishStaged(context, base, staged, action.path, options, { clearsDirectory });
}

/** Opens a file to be overwritten, also one that its owner may not write. */
export function openInPlace(tree: Tree, path: string): FileHandle {
  try {
    return tree.openForWriting(path);
  } catch (error) {
    if (errnoOf(error) !== "EACCES") throw error;
    tree.apply(path, { permissions: 0o600 });
    return tree.openForWriting(path);
  }
}
