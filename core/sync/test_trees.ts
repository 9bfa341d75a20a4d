/** Random trees, for tests of whatever compares two. */
import fc from "fast-check";
import type { Tree } from "#core/system/disk.ts";
import { FileType } from "#core/system/scan_batch.ts";
import { writeFile } from "./test_bed.ts";

/** What lies at a path of a random tree; a directory when others lie below it. */
type Leaf = { kind: "file"; text: string; mtime: number } | { kind: "link" } | {
  kind: "directory";
};

const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record({
    kind: fc.constant("file" as const),
    text: fc.constantFrom("", "a", "bb"),
    mtime: fc.constantFrom(1, 2),
  }),
  fc.constant({ kind: "link" as const }),
  fc.constant({ kind: "directory" as const }),
);

const path = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("/"));

/** A random tree, by its paths. */
export const tree = fc.dictionary(path, leaf, { maxKeys: 8 });

/** Makes a random tree. */
export function makeTree(target: Tree, leaves: Record<string, Leaf>): void {
  for (const path of Object.keys(leaves).sort()) {
    if (!makeParents(target, path) || target.facts(path) !== null) continue;
    const { kind } = leaves[path];
    if (kind === "directory") target.makeDirectory(path, 0o755);
    else if (kind === "link") target.makeLink(path, "target");
    else writeFile(target, path, leaves[path].text, leaves[path].mtime);
  }
}

/** False when something else than a directory is in the way. */
function makeParents(target: Tree, path: string): boolean {
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    const above = path.slice(0, at);
    const facts = target.facts(above);
    if (facts === null) target.makeDirectory(above, 0o755);
    else if ((facts.mode & FileType.mask) !== FileType.directory) return false;
  }
  return true;
}
