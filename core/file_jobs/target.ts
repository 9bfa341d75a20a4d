/** What an order's path turns out to be. */
import { OrbitError } from "#core/errors.ts";
import { baseName, parentOf } from "#core/system/relative_path.ts";
import { FileType } from "#core/system/scan_batch.ts";
import type { OrbitSystem, ScanRequest } from "#core/system/system.ts";

/** A directory to work in, and which of its files are meant. */
export interface Target {
  /** Absolute path of a directory. */
  base: string;
  /** The only file that is meant; absent for the whole directory. */
  file?: string;
}

/**
 * Finds out whether a path is a directory or a file; links are followed as far as the roots allow.
 *
 * @throws {OrbitError} `not_found`; `invalid` when it is neither; `denied` outside the roots.
 */
export async function findTarget(
  system: OrbitSystem,
  path: string,
  signal: AbortSignal,
): Promise<Target> {
  const { entry } = await system.inspect(path, { signal });
  if (entry === undefined) {
    throw new OrbitError("not_found", `open ${JSON.stringify(path)}: no such file or directory`, {
      detail: { path, errno: "ENOENT" },
    });
  }
  const type = entry.mode & FileType.mask;
  if (type === FileType.directory) return { base: path };
  if (type === FileType.file) return { base: parentOf(path) || "/", file: baseName(path) };
  throw new OrbitError("invalid", `open ${JSON.stringify(path)}: neither file nor directory`, {
    detail: { path },
  });
}

/** The scan that lists all of a target. */
export function scanOf({ base, file }: Target): Pick<ScanRequest, "base" | "names" | "recursive"> {
  return file === undefined
    ? { base, recursive: true }
    : { base, names: [[file]], recursive: false };
}
