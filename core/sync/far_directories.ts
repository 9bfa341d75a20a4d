/** Looking at, and making, directories of any system before a sync between two begins. */
import { fromErrorData, OrbitError } from "#core/errors.ts";
import { baseName, parentOf } from "#core/system/relative_path.ts";
import { type Entry, FileType } from "#core/system/scan_batch.ts";
import type { ActionOptions, OrbitSystem } from "#core/system/system.ts";

/** The systems of the two ends; they may be the same one. */
export interface SyncEnds {
  source: OrbitSystem;
  destination: OrbitSystem;
  signal?: AbortSignal;
}

/** What is at a path, links followed; undefined when nothing is. */
export async function lookUp(
  system: OrbitSystem,
  path: string,
  signal?: AbortSignal,
): Promise<Entry | undefined> {
  return (await system.inspect(path, { signal })).entry;
}

/** Whether an entry is a directory. */
export function isDirectory({ mode }: Entry): boolean {
  return (mode & FileType.mask) === FileType.directory;
}

/** Makes a directory of the destination, whose parent is there. */
export async function makeDirectory(
  path: string,
  { destination, signal }: SyncEnds,
): Promise<void> {
  const action = {
    kind: "directory" as const,
    path: baseName(path),
    metadata: { permissions: 0o755 },
  };
  const base = parentOf(path) || "/";
  const [result] = await destination.perform(base, [action], PLAIN, { signal });
  if (result?.error !== undefined) throw fromErrorData(result.error);
}

/** Makes a directory of the destination, and those above it, where they aren't there. */
export async function makeMissingDirectories(path: string, ends: SyncEnds): Promise<void> {
  const missing: string[] = [];
  for (let at = path; at !== ""; at = parentOf(at)) {
    const found = await lookUp(ends.destination, at, ends.signal);
    if (found !== undefined && !isDirectory(found)) throw notDirectory(at);
    if (found !== undefined) break;
    missing.unshift(at);
  }
  for (const at of missing) await makeDirectory(at, ends);
}

/** How directories are made before there is a job. */
export const PLAIN: ActionOptions = {
  ...{ tag: "prepare0", verify: true, followLinks: false, keepTimes: false, sparse: false },
  ...{ inplace: false, fsync: false, keepPartial: false },
};

/** The path of a name in a directory. */
export function joinAbsolute(directory: string, name: string): string {
  return `${directory === "/" ? "" : directory}/${name}`;
}

/** The error for something else in a directory's place. */
export function notDirectory(path: string): OrbitError {
  return new OrbitError("invalid", `sync ${JSON.stringify(path)}: is not a directory`, {
    detail: { path, errno: "ENOTDIR" },
  });
}
