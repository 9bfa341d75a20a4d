/** Copying one regular file in one go: made anew, verified, published. */
import type { FileFacts, FileHandle, Tree } from "../disk.ts";
import { FileType } from "../scan_batch.ts";
import type { ActionOptions, ActionResult, CopyAction } from "../system.ts";
import { copyWhole, isAsRead, isSameVersion, isSparse, notAsWritten } from "./content.ts";
import type { WorkContext } from "./context.ts";
import { finishTarget, NewFile } from "./new_file.ts";
import { atSource, changed } from "./source_trouble.ts";
import { errnoOf } from "./staging.ts";

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
  let before = source.factsAtOpening;
  for (let tries = 1;; tries++) {
    before ??= source.facts();
    const result = tryCopy(context, place, { file: source, before }, action, options);
    before = undefined;
    if (result !== undefined) return result;
    if (tries === CHANGE_TRIES) throw changed(action.sourcePath);
  }
}

/** A source, and its facts before it is read. */
interface Source {
  file: FileHandle;
  before: FileFacts;
}

/** One try; undefined when the source changed meanwhile. */
function tryCopy(
  context: WorkContext,
  place: CopyPlace,
  source: Source,
  action: CopyAction,
  options: ActionOptions,
): ActionResult | undefined {
  const tree = context.tree(place.base);
  if (canWriteInPlace(tree, action.path, options)) {
    using target = openInPlace(tree, action.path);
    return fill(context, source, target, action, options, true);
  }
  using target = new NewFile(context, place.base, action, options);
  const result = fill(context, source, target.file, action, options);
  if (result !== undefined) target.publish();
  return result;
}

/** Content and metadata of a copy, verified; undefined when the source changed meanwhile. */
function fill(
  context: WorkContext,
  source: Source,
  target: FileHandle,
  action: CopyAction,
  options: ActionOptions,
  inPlace = false,
): ActionResult | undefined {
  const { file, before } = source, { size } = before;
  const holes = !inPlace && (options.sparse || isSparse(before));
  const bytes = copyWhole(context, file, target, size, holes);
  if (bytes !== size) return undefined;
  if (holes || inPlace) target.truncate(size);
  finishTarget(target, before, action, options);
  const isGood = !options.verify || isAsRead(context, file, target, size, options.fsync);
  if (!isSameVersion(file.facts(), before)) return undefined;
  if (!isGood) throw notAsWritten(action.path);
  return { bytes, verified: options.verify ? bytes : 0, size };
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
