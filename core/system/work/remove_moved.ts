/** Removing a source that has arrived elsewhere. */
import { OrbitError } from "#core/errors.ts";
import type { Tree } from "../disk.ts";
import { FileType } from "../scan_batch.ts";
import { isOfVersion, versionOfEntry } from "../version.ts";
import { errnoOf } from "./staging.ts";

/**
 * Removes what is still of the version; what is gone already stays so. Rights that its folder
 * doesn't give aren't taken: what can't be removed is kept.
 *
 * @throws `conflict` with errno "ECHANGED" when it is of another version; "ENOTEMPTY" for a
 * directory that holds anything.
 */
export function removeMoved(tree: Tree, path: string, version: string): void {
  const facts = tree.facts(path);
  if (facts === null) return;
  const type = facts.mode & FileType.mask;
  const isSame = type === FileType.file ? isOfVersion(facts, version) : version === versionOfEntry({
    ...facts,
    link: type === FileType.link ? tree.readLink(path) : undefined,
  });
  if (!isSame) {
    throw new OrbitError("conflict", `remove ${JSON.stringify(path)}: it changed meanwhile`, {
      detail: { path, errno: "ECHANGED" },
    });
  }
  try {
    if (type === FileType.directory) tree.removeDirectory(path);
    else tree.removeFile(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
