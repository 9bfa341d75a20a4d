/** The places on this machine's own disks that jobs may touch. */
import { OrbitError } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";
import {
  type ConfiguredRoot,
  exposingRoot,
  findRoots,
  requireHiddenFile,
} from "#core/program/roots.ts";
import { openLocalSystem, type OrbitSystem } from "#core/system/mod.ts";

/**
 * Opens them, each in its directions; undefined when there are none.
 *
 * @param configFile Of the Nucleus; it may not be changed through them.
 * @throws {OrbitError} `invalid` for one that isn't there or can't be a root, or through which the
 * data folder with its keys could be reached, or the configuration changed.
 */
export async function openLocalFiles(
  allowed: readonly ConfiguredRoot[],
  { folder, configFile }: { folder: string; configFile?: string },
): Promise<OrbitSystem | undefined> {
  if (allowed.length === 0) return undefined;
  const roots = findRoots(allowed);
  const exposing = exposingRoot(roots, folder);
  if (exposing !== undefined) {
    throw new OrbitError(
      "invalid",
      `open "${escapeName(exposing.path)}" for jobs: the Nucleus's keys could be reached through ` +
        "it; name places beside its data folder",
    );
  }
  if (configFile !== undefined) {
    requireHiddenFile(roots, configFile, { what: "configuration", against: "writing" });
  }
  const pathsOf = (write: boolean) =>
    roots.filter((root) => root.write === write).map(({ path }) => path);
  return await openLocalSystem({
    read: pathsOf(false),
    write: pathsOf(true),
    name: "the Nucleus",
  });
}
