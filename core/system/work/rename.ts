/** Giving a file another name, instead of sending what is there already. */
import { OrbitError, systemError } from "#core/errors.ts";
import type { FileFacts, Tree } from "../disk.ts";
import { parentOf } from "../relative_path.ts";
import { FileType } from "../scan_batch.ts";
import type { ActionOptions, RenameAction } from "../system.ts";
import { discardQuietly } from "./staging.ts";
import { withUsableParent } from "./usable.ts";

/**
 * Renames by linking and removing, the one way that never replaces what somebody else has put
 * under the new name meanwhile.
 */
export function renameFile(tree: Tree, action: RenameAction, options: ActionOptions): void {
  const { from, path } = action;
  const before = tree.facts(from);
  if (before === null) throw systemError("ENOENT", "rename", from);
  if (!isAsSeen(before, action)) throw changed(from);
  tree.apply(from, action.metadata);
  tree.makeHardLink(from, path);
  try {
    const linked = tree.facts(path);
    // Something else may have come under the old name since it was looked at.
    if (linked === null || linked.ino !== before.ino || linked.nlink !== 2) throw changed(from);
    withUsableParent(tree, from, () => tree.removeFile(from));
  } catch (error) {
    discardQuietly(tree, path);
    throw error;
  }
  if (!options.fsync) return;
  tree.syncDirectory(parentOf(path));
  tree.syncDirectory(parentOf(from));
}

function isAsSeen(facts: FileFacts, { size, mtime, mtimeNs }: RenameAction): boolean {
  return (facts.mode & FileType.mask) === FileType.file && facts.nlink === 1 &&
    facts.size === size && facts.mtime === mtime && facts.mtimeNs === mtimeNs;
}

function changed(path: string): OrbitError {
  return new OrbitError("conflict", `rename ${JSON.stringify(path)}: it changed meanwhile`, {
    detail: { path, errno: "ECHANGED", side: "destination" },
  });
}
