/** The places on this machine's own disks that jobs may read. */
import { relative, sep } from "node:path";
import { attempt } from "#core/deno_errors.ts";
import { OrbitError } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";
import { openLocalSystem, type OrbitSystem } from "#core/system/mod.ts";

/**
 * Opens them, to be read only; undefined when there are none.
 *
 * @throws {OrbitError} `not_found` for one that doesn't exist; `invalid` for one through which the
 * data folder with its keys could be read.
 */
export async function openLocalFiles(
  roots: readonly string[],
  dataFolder: string,
): Promise<OrbitSystem | undefined> {
  if (roots.length === 0) return undefined;
  const data = realPath(dataFolder);
  for (const root of roots) {
    const real = realPath(root);
    if (!isWithin(real, data) && !isWithin(data, real)) continue;
    throw new OrbitError(
      "invalid",
      `open "${escapeName(root)}" for jobs: the Nucleus's keys could be read through it; name ` +
        "places beside its data folder",
    );
  }
  return await openLocalSystem({ read: [...roots], write: [] });
}

function realPath(path: string): string {
  return attempt("find", path, () => Deno.realPathSync(path));
}

/** Whether a path is the folder or below it. */
function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !/^([A-Za-z]:)?[\\/]/.test(way);
}
