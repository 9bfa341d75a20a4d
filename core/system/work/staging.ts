/** Names of staged files, and the step that gives one its final name. */
import { type Blake3, toHex } from "#core/hash/mod.ts";
import { encodeName } from "#core/names.ts";
import { OrbitError } from "#core/errors.ts";
import type { Tree } from "../disk.ts";
import { joinPath, parentOf } from "../relative_path.ts";
import { FileType } from "../scan_batch.ts";
import type { ActionOptions } from "../system.ts";
import type { WorkContext } from "./context.ts";

const STAGED = /^\.orbit-([0-9a-z]{8})-[0-9a-f]{16}\.tmp$/;

/** The tag of the job a staged file belongs to, or undefined when the name isn't a staged one. */
export function stagedTag(name: string): string | undefined {
  return STAGED.exec(name)?.[1];
}

/**
 * Where the file that becomes `path` is staged: always the same place for one job and path. The
 * tag is hashed too, so nobody can choose two names beforehand that are staged in one place.
 */
export function stagedPath(
  blake3: Blake3,
  path: string,
  tag: string,
  partialDirectory?: string,
): string {
  const hash = toHex(blake3.hash(encodeName(`${tag}/${path}`)).subarray(0, 8));
  const name = `.orbit-${tag}-${hash}.tmp`;
  const parent = parentOf(path);
  return partialDirectory === undefined
    ? joinPath(parent, name)
    : joinPath(joinPath(parent, partialDirectory), name);
}

/** Runs `create`; when it finds this job's own leftover under the staged name, replaces it. */
export function createStaged<T>(tree: Tree, staged: string, create: () => T): T {
  try {
    return create();
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    tree.removeFile(staged);
    return create();
  }
}

/** What {@linkcode publishStaged} may meet under the final name. */
export interface PublishOptions {
  /** A directory, which goes if it is empty. */
  clearsDirectory?: boolean;
  /** Another name of the staged file itself. */
  mayBeSameFile?: boolean;
}

/** Renames a complete staged entry to its final name, keeping what it replaces if asked to. */
export function publishStaged(
  context: WorkContext,
  base: string,
  staged: string,
  path: string,
  options: ActionOptions,
  { clearsDirectory = false, mayBeSameFile = false }: PublishOptions,
): void {
  const tree = context.tree(base);
  if (clearsDirectory) removeEmptyDirectory(tree, path);
  if (options.backup !== undefined) keepBackup(context, base, path, options.backup);
  tree.rename(staged, path);
  // Renaming one name of a file over another of the same file does nothing (POSIX).
  if (mayBeSameFile) discardStaged(tree, staged);
  if (options.fsync) tree.syncDirectory(parentOf(path));
}

/** Removes a directory that something else must replace; one that isn't empty is a conflict. */
function removeEmptyDirectory(tree: Tree, path: string): void {
  try {
    tree.removeDirectory(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return;
    throw error;
  }
}

/** Moves a non-directory at `path` to its backup name; where there is none, nothing happens. */
export function keepBackup(
  context: WorkContext,
  base: string,
  path: string,
  backup: NonNullable<ActionOptions["backup"]>,
): void {
  const tree = context.tree(base);
  const facts = tree.facts(path);
  if (facts === null || (facts.mode & FileType.mask) === FileType.directory) return;
  const directory = backup.directory;
  const separate = directory !== undefined && directory.startsWith("/");
  const target = separate ? context.tree(directory) : tree;
  const folder = separate ? "" : directory ?? "";
  const name = joinPath(folder, path) + backup.suffix;
  if (directory !== undefined) makeLike(tree, target, folder, parentOf(path));
  target.rename(path, name, tree);
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

/** Makes a directory and those above it, as far as they are missing. */
export function makeParents(tree: Tree, path: string): void {
  if (path === "" || tree.facts(path) !== null) return;
  makeParents(tree, parentOf(path));
  try {
    tree.makeDirectory(path, 0o777);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

/** Removes a staged file; one that is already gone is fine. */
export function discardStaged(tree: Tree, staged: string): void {
  try {
    tree.removeFile(staged);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== "ENOENT" && errno !== "ENOTDIR") throw error;
  }
}

/** Removes a staged file on the way out of an error, whose cause matters more. */
export function discardQuietly(tree: Tree, staged: string): void {
  try {
    discardStaged(tree, staged);
  } catch {
    // The error that led here is the one to report; a leftover is removed by the next run.
  }
}

/** Whether a regular file lies at a path. */
export function isRegular(tree: Tree, path: string): boolean {
  const facts = tree.facts(path);
  return facts !== null && (facts.mode & FileType.mask) === FileType.file;
}

/** The system's name of an error, if it has one. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof OrbitError ? error.detail.errno : undefined;
}
