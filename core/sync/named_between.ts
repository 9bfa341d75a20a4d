/** The directories that options name beside a destination on any system. */
import { OrbitError } from "#core/errors.ts";
import { joinPath } from "#core/system/relative_path.ts";
import { FileType } from "#core/system/scan_batch.ts";
import {
  isDirectory,
  joinAbsolute,
  lookUp,
  makeMissingDirectories,
  notDirectory,
  type SyncEnds,
} from "./far_directories.ts";
import { noOlderCopy, placeBackups } from "./named_directories.ts";
import type { SyncOptions } from "./options.ts";

/** Where a sync puts things. */
export interface NamedFrom {
  /** Absolute base of the destination. */
  base: string;
  /** From where relative names begin. */
  within: string;
  /** Of the base within that, when SRC has no slash: backups and older copies have it, too. */
  folder?: string;
}

/**
 * Where backups go, as actions on the base take it.
 *
 * @throws `invalid` as {@linkcode placeBackups}.
 */
export function placeBackupsBetween(
  backup: NonNullable<SyncOptions["backup"]>,
  { base, within, folder }: NamedFrom,
): NonNullable<SyncOptions["backup"]> {
  const { directory, suffix } = backup;
  // A drive's paths aren't put together as these are.
  if (directory === undefined || !base.startsWith("/")) return backup;
  const named = directory.startsWith("/") ? directory : joinAbsolute(within, directory);
  const whole = folder === undefined ? named : joinAbsolute(named, folder);
  return placeBackups({ directory: whole, suffix }, base);
}

/**
 * Makes a directory of backups that isn't below the base.
 *
 * @throws `invalid` when it lies in the destination that was named, and a link is in its way.
 */
export async function makeBackups(
  directory: string,
  { within }: NamedFrom,
  ends: SyncEnds,
): Promise<void> {
  const above = within === "/" ? "/" : `${within}/`;
  if (directory.startsWith(above)) await refuseLinks(within, directory.slice(above.length), ends);
  await makeMissingDirectories(directory, ends);
}

async function refuseLinks(
  base: string,
  path: string,
  { destination, signal }: SyncEnds,
): Promise<void> {
  let parent = "";
  for (const name of path.split("/")) {
    const request = { base, directories: [parent], names: [[name]], recursive: false };
    for await (const batch of destination.scanTree(request, { signal })) {
      for (const { from, to } of batch.data.parts) {
        for (let row = from; row < to; row++) {
          if (batch.isType(row, FileType.link)) throw linkInTheWay(joinAbsolute(base, path));
        }
      }
    }
    parent = joinPath(parent, name);
  }
}

function linkInTheWay(path: string): OrbitError {
  return new OrbitError(
    "invalid",
    `keep backups in ${JSON.stringify(path)}: a symbolic link is in the way`,
    { detail: { path } },
  );
}

/**
 * The directories of older copies, which are named by absolute paths; one that isn't there is only
 * remarked on.
 *
 * @throws `invalid` when one is no directory.
 */
export async function lookUpOlderCopies(
  named: readonly string[],
  { folder }: NamedFrom,
  { destination, signal }: SyncEnds,
): Promise<{ linkDest: string[]; notes: string[] }> {
  const linkDest: string[] = [], notes: string[] = [];
  for (const directory of named) {
    const path = folder === undefined ? directory : joinAbsolute(directory, folder);
    const found = await lookUp(destination, path, signal);
    if (found === undefined) notes.push(noOlderCopy(path));
    else if (isDirectory(found)) linkDest.push(path);
    else throw notDirectory(path);
  }
  return { linkDest, notes };
}
