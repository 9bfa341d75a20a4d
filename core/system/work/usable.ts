/** Directories that their owner must get rights on before anything in them can change. */
import type { FileFacts, Tree } from "../disk.ts";
import { parentOf } from "../relative_path.ts";
import { errnoOf } from "./staging.ts";

/** Gives the owner all rights on a directory; whether that changed anything. */
export function makeUsable(tree: Tree, path: string, facts: FileFacts | null): boolean {
  if (facts === null || (facts.mode & 0o700) === 0o700) return false;
  try {
    tree.apply(path, { permissions: (facts.mode & 0o7777) | 0o700 });
    return true;
  } catch (error) {
    // Not its owner: what is to be done in it may be allowed all the same, or fails by itself.
    if (errnoOf(error) !== "EPERM") throw error;
    return false;
  }
}

/** Removes something also from a read-only directory: one that goes with all that is in it. */
export function withUsableParent(tree: Tree, path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const parent = parentOf(path);
    if (errnoOf(error) !== "EACCES" || !makeUsable(tree, parent, tree.facts(parent))) throw error;
    act();
  }
}
