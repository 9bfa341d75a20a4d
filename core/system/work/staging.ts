/** Staged files: their names, making and dropping them. */
import { sipHash } from "#core/hash/mod.ts";
import { encodeName } from "#core/names.ts";
import { OrbitError } from "#core/errors.ts";
import type { Tree } from "../disk.ts";
import { joinPath, parentOf } from "../relative_path.ts";
import { FileType } from "../scan_batch.ts";

const STAGED = /^\.orbit-([0-9a-z]{8})-[0-9a-f]{16}\.tmp$/;

/** Bytes of the hash's key. */
const KEY_BYTES = 16;

/** The tag of the job a staged file belongs to, or undefined when the name isn't a staged one. */
export function stagedTag(name: string): string | undefined {
  return STAGED.exec(name)?.[1];
}

/**
 * Where the file that becomes `path` is staged: always the same place for one job and path. The
 * tag is the hash's key, so nobody can choose two names beforehand that are staged in one place.
 */
export function stagedPath(path: string, tag: string, partialDirectory?: string): string {
  const hash = sipHash(encodeName(tag.padEnd(KEY_BYTES, "/")), encodeName(path));
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
