/** The directories that options name beside the destination: for backups, and of older copies. */
import { absolutePath } from "#core/absolute_path.ts";
import { OrbitError } from "#core/errors.ts";
import type { Disk } from "#core/system/disk.ts";
import { kindOf } from "./destination.ts";
import type { SyncOptions } from "./options.ts";

type Backup = NonNullable<SyncOptions["backup"]>;

/**
 * The directories of older copies as absolute paths; one that isn't there gives nothing to link,
 * as with a first snapshot, and is only remarked on.
 *
 * @throws `invalid` when one is no directory.
 */
export function findOlderCopies(
  linkDest: readonly string[],
  destination: string,
  disk: Disk,
): { linkDest: string[]; notes: string[] } {
  const found: string[] = [], notes: string[] = [];
  for (const named of linkDest) {
    const path = named.startsWith("/") ? named : absolutePath(destination, named);
    const kind = kindOf(disk, path);
    if (kind === "other") throw notDirectory("link to", path);
    if (kind === "directory") found.push(path);
    else notes.push(noOlderCopy(path));
  }
  return { linkDest: found, notes };
}

/** The remark on a directory of older copies that isn't there. */
export function noOlderCopy(path: string): string {
  return `--link-dest: ${JSON.stringify(path)} doesn't exist, so nothing is linked to it`;
}

/**
 * Where backups go, as actions take it: below the destination relative to it, elsewhere absolute.
 *
 * @throws `invalid` when that is the destination, and backups would have the names of what they are
 *   of.
 */
export function placeBackups({ directory, suffix }: Backup, destination: string): Backup {
  if (directory === undefined) return { suffix };
  const path = absolutePath(destination, directory);
  if (path !== destination) {
    const above = destination === "/" ? "/" : `${destination}/`;
    return { directory: path.startsWith(above) ? path.slice(above.length) : path, suffix };
  }
  if (suffix !== "") return { suffix };
  throw new OrbitError(
    "invalid",
    `keep backups in ${JSON.stringify(path)}: is the destination; backups need another ` +
      "directory, or a --suffix",
  );
}

/**
 * As {@linkcode placeBackups}, on this machine.
 *
 * @param realPath Resolves the links of a path, as far as it exists.
 * @throws `invalid` also when something else is in the directory's place.
 */
export function findBackups(
  { directory, suffix }: Backup,
  destination: string,
  disk: Disk,
  realPath: (path: string) => string,
): Backup {
  if (directory === undefined) return { suffix };
  const path = resolveOutside(absolutePath(destination, directory), destination, realPath);
  if (kindOf(disk, path) === "other") throw notDirectory("keep backups in", path);
  return placeBackups({ directory: path, suffix }, destination);
}

/**
 * Resolves links up to where a path enters the destination: there it stays as written, so that a
 * link which lies in the way is refused where backups are kept, and not followed.
 */
function resolveOutside(
  path: string,
  destination: string,
  realPath: (path: string) => string,
): string {
  const names = path.split("/").filter((name) => name !== "");
  for (let count = 0; count <= names.length; count++) {
    const real = realPath(`/${names.slice(0, count).join("/")}`);
    const isInside = real === destination || destination === "/" ||
      real.startsWith(`${destination}/`);
    if (isInside) return absolutePath(real, names.slice(count).join("/"));
  }
  return realPath(path);
}

function notDirectory(action: string, path: string): OrbitError {
  return new OrbitError("invalid", `${action} ${JSON.stringify(path)}: is not a directory`, {
    detail: { path, errno: "ENOTDIR" },
  });
}
