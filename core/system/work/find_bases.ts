/** What the destination has already of files that are about to come. */
import type { WorkContext } from "./context.ts";
import { isRegular } from "./staging.ts";

/** The size of the regular file at each path; 0 where there is none. */
export function findBases(context: WorkContext, base: string, paths: readonly string[]): number[] {
  const tree = context.tree(base);
  return paths.map((path) => {
    try {
      return isRegular(tree, path) ? tree.facts(path)!.size : 0;
    } catch {
      return 0; // what is wrong with the place shows when something is put there
    }
  });
}
