/** Keeping what is replaced or deleted under another name. */
import { OrbitError } from "#core/errors.ts";
import type { FileFacts, FileHandle, Metadata, Tree } from "../disk.ts";
import { joinPath, parentOf } from "../relative_path.ts";
import { FileType } from "../scan_batch.ts";
import type { ActionOptions } from "../system.ts";
import { copyRange, isSparse } from "./content.ts";
import type { WorkContext } from "./context.ts";
import { createStaged, discardQuietly, errnoOf, makeParents, stagedPath } from "./staging.ts";

/** Moves a non-directory at `path` to its backup name; where there is none, nothing happens. */
export function keepBackup(
  context: WorkContext,
  base: string,
  path: string,
  options: ActionOptions,
): void {
  if (options.backup === undefined) return;
  const tree = context.tree(base);
  const facts = tree.facts(path);
  if (facts === null || (facts.mode & FileType.mask) === FileType.directory) return;
  const { directory, suffix } = options.backup;
  const separate = directory !== undefined && directory.startsWith("/");
  const target = separate ? context.tree(directory) : tree;
  const folder = separate ? "" : directory ?? "";
  const name = joinPath(folder, path) + suffix;
  if (directory !== undefined) makeLike(tree, target, folder, parentOf(path));
  try {
    target.rename(path, name, tree);
  } catch (error) {
    if (errnoOf(error) !== "EXDEV") throw error;
    moveByCopying(context, { tree, path, facts }, { tree: target, path: name }, options);
  }
}

/** A name in a tree. */
interface Place {
  tree: Tree;
  path: string;
}

/** Moves an entry onto another device: copies it, whole or not at all, and then removes it. */
function moveByCopying(
  context: WorkContext,
  from: Place & { facts: FileFacts },
  to: Place,
  options: ActionOptions,
): void {
  const staged = stagedPath(to.path, options.tag);
  try {
    createStaged(to.tree, staged, () => makeCopy(context, from, { ...to, path: staged }, options));
    to.tree.rename(staged, to.path);
  } catch (error) {
    discardQuietly(to.tree, staged);
    throw error;
  }
  if (options.fsync) to.tree.syncDirectory(parentOf(to.path));
  from.tree.removeFile(from.path);
}

function makeCopy(
  context: WorkContext,
  from: Place & { facts: FileFacts },
  to: Place,
  options: ActionOptions,
): void {
  const { mode, rdevMajor, rdevMinor } = from.facts;
  const type = mode & FileType.mask;
  if (type === FileType.file) return copyContent(context, from, to, options);
  if (type === FileType.link) to.tree.makeLink(to.path, from.tree.readLink(from.path));
  else to.tree.makeSpecial(to.path, mode, rdevMajor, rdevMinor);
  applyAll(
    to.tree,
    to.path,
    from.facts,
    type === FileType.link ? {} : { permissions: mode & 0o7777 },
  );
}

function copyContent(
  context: WorkContext,
  from: Place,
  to: Place,
  options: ActionOptions,
): void {
  using source = from.tree.openFile(from.path);
  using target = to.tree.createFile(to.path);
  const facts = source.facts();
  const holes = isSparse(facts);
  if (holes) target.truncate(facts.size);
  const copied = copyRange(context, source, target, { offset: 0, length: facts.size }, {
    holes,
    verify: options.verify ? { path: to.path, fromDisk: options.fsync } : undefined,
  });
  target.truncate(copied.bytes);
  applyAll({ apply: (_path, metadata) => target.apply(metadata) }, to.path, facts, {
    permissions: facts.mode & 0o7777,
  });
  copyAttributes(source, target);
  if (options.fsync) target.sync();
}

/** Attributes go along where both sides have them. */
function copyAttributes(source: FileHandle, target: FileHandle): void {
  try {
    const attributes = source.attributes();
    if (attributes.length > 0) target.apply({ attributes });
  } catch (error) {
    if (!(error instanceof OrbitError && error.code === "unsupported")) throw error;
  }
}

/** Gives a copy all that it can have: an owner can only be kept by root. */
function applyAll(
  target: Pick<Tree, "apply">,
  path: string,
  { uid, gid, mtime, mtimeNs }: FileFacts,
  more: Metadata,
): void {
  const rest: Metadata = { ...more, mtime, mtimeNs };
  try {
    target.apply(path, { ...rest, uid, gid });
  } catch (error) {
    if (errnoOf(error) !== "EPERM") throw error;
    const { permissions } = rest;
    // Without its owner, what ran or read with their rights must not do so with others'.
    target.apply(path, { ...rest, permissions: permissions && permissions & 0o777 });
  }
}

/**
 * Makes the directories of a backup below `folder` as far as they are missing, with the mode and
 * owner of those that they stand for: what was private stays private.
 */
function makeLike(tree: Tree, target: Tree, folder: string, path: string): void {
  const copy = joinPath(folder, path);
  if (path === "" || target.facts(copy) !== null) return makeParents(target, copy);
  makeLike(tree, target, folder, parentOf(path));
  const facts = tree.facts(path);
  try {
    target.makeDirectory(copy, 0o700);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    return;
  }
  if (facts === null) return;
  const { uid, gid, mode } = facts;
  try {
    target.apply(copy, { uid, gid, permissions: mode & 0o7777 | 0o700 });
  } catch (error) {
    // Without the owner's and group's names on it, it stays with nobody else's rights.
    if (errnoOf(error) !== "EPERM") throw error;
  }
}
