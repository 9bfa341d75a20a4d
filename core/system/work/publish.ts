/** The step that gives a staged entry its final name. */
import { OrbitError } from "#core/errors.ts";
import type { Tree } from "../disk.ts";
import { parentOf } from "../relative_path.ts";
import type { ActionOptions } from "../system.ts";
import { keepBackup } from "./backup.ts";
import type { WorkContext } from "./context.ts";
import { discardStaged, errnoOf } from "./staging.ts";

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
  if (options.backup !== undefined) keepBackup(context, base, path, options);
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
    if (errno !== "ENOTEMPTY") throw error;
    throw new OrbitError(
      "conflict",
      `replace directory ${JSON.stringify(path)}: it isn't empty (--delete empties it)`,
      { cause: error, detail: { path, errno } },
    );
  }
}
