/** Copying one regular file in one go: staged, verified, published. */
import type { FileFacts, FileHandle, Metadata, NamelessFiles, Tree } from "../disk.ts";
import { parentOf } from "../relative_path.ts";
import { FileType } from "../scan_batch.ts";
import type { ActionOptions, ActionResult, CopyAction } from "../system.ts";
import { copyWhole, isAsRead, isSameVersion, isSparse, notAsWritten } from "./content.ts";
import type { WorkContext } from "./context.ts";
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
  if (options.backup === undefined && !action.clearsDirectory) {
    using target = tree.nameless?.create(action.path, action.metadata.permissions ?? 0o600);
    if (target) {
      const result = fill(context, source, target, action, options);
      if (result === undefined) return undefined;
      if (nameCopy(context, place.base, tree.nameless!, target, action.path, options)) {
        return result;
      }
    }
  }
  return stageCopy(context, place, source, action, options);
}

/** Copies by way of a staged file. */
function stageCopy(
  context: WorkContext,
  { base }: CopyPlace,
  source: Source,
  action: CopyAction,
  options: ActionOptions,
): ActionResult | undefined {
  const tree = context.tree(base);
  const staged = stagedPath(action.path, options.tag);
  try {
    using target = createStaged(tree, staged, () => tree.createFile(staged));
    const result = fill(context, source, target, action, options);
    if (result === undefined) discardStaged(tree, staged);
    else publish(context, base, staged, action, options);
    return result;
  } catch (error) {
    discardQuietly(tree, staged);
    throw error;
  }
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
 * Gives a complete copy without a name its own: at once where it is new, else as a staged file that
 * replaces what is there. False, with nothing done, where the system gives no names.
 */
function nameCopy(
  context: WorkContext,
  base: string,
  nameless: NamelessFiles,
  target: FileHandle,
  path: string,
  options: ActionOptions,
): boolean {
  const tree = context.tree(base);
  try {
    if (!nameless.name(target, path)) return false;
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    const staged = stagedPath(path, options.tag);
    if (!createStaged(tree, staged, () => nameless.name(target, staged))) return false;
    try {
      publishStaged(context, base, staged, path, options, {});
    } catch (error) {
      discardQuietly(tree, staged);
      throw error;
    }
    return true;
  }
  if (options.fsync) tree.syncDirectory(parentOf(path));
  return true;
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
  facts: Pick<FileFacts, "mtime" | "mtimeNs">,
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
