/** The directory of backups as a job on a grid takes it. */
import { normalize, resolve } from "node:path/posix";
import { escapeName } from "#core/names.ts";
import { usage } from "#core/program/arguments/parse.ts";
import { placeBackups } from "#core/sync/named_directories.ts";
import type { SyncOptions } from "#core/sync/options.ts";

type Backup = NonNullable<SyncOptions["backup"]>;

/**
 * Below the destination relative to it, elsewhere absolute.
 *
 * @param destination As it was named, and whether it is a directory whatever SRC is: of a single
 *   file it may be the file's new name, and only its Star knows.
 */
export function backupsOnGrid(
  { directory, suffix }: Backup,
  destination: { path: string; isDirectory: boolean },
): Backup {
  if (directory === undefined) return { suffix };
  if (directory.startsWith("/")) return { directory: resolve(directory), suffix };
  const path = normalize(directory).replace(/\/$/, "");
  if (path === ".") return placeBackups({ directory, suffix }, resolve(destination.path));
  if (path !== ".." && !path.startsWith("../")) return { directory: path, suffix };
  if (destination.isDirectory) return { directory: resolve(destination.path, path), suffix };
  throw usage(
    `--backup-dir "${escapeName(directory)}": may be beside a file or a directory; write ` +
      "SRC/ or DST/, or a path from /",
  );
}
