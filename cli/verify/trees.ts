/** `orbit verify SRC DST`: what a sync by content would change, without changing it. */
import { systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";
import {
  defaultSyncOptions,
  dryRun,
  type PlannedAction,
  prepareSync,
  type SyncEvent,
  type SyncOptions,
  type SyncRequest,
} from "#core/sync/mod.ts";
import type { Disk } from "#core/system/disk.ts";
import { openDisk } from "#core/system/open_disk.ts";
import { baseName } from "#core/system/relative_path.ts";
import type { ResolvedPath } from "../arguments/paths.ts";
import type { ExitCode } from "#core/program/exit_codes.ts";
import type { Foreground } from "#core/program/foreground.ts";
import { escapeMessage } from "#core/program/output/message.ts";
import type { Reading } from "../reading.ts";
import type { VerifySettings } from "./description.ts";
import { ITEMIZED_EXTRA, type VerifyDifference } from "./output.ts";
import type { VerifyReport } from "./report.ts";

/** What is compared with what. */
export interface VerifyEnds {
  source: ResolvedPath;
  destination: ResolvedPath;
}

/** Compares two trees, or two files, and returns the exit status. */
export async function verifyTrees(
  ends: VerifyEnds,
  settings: VerifySettings,
  report: VerifyReport,
  reading: Reading,
  { signal }: Foreground,
): Promise<ExitCode> {
  const disk = await openDisk("auto", ["/"]);
  const request = toRequest(ends, settings, disk);
  const { sync, read } = prepareSync(request, disk, reading.realPath);
  const width = settings.jobs;
  const roots = [...new Set([...read, sync.base])];
  await using system = await reading.openSystem({ read: roots, width, signal });
  const result = await dryRun(sync, {
    source: system,
    destination: system,
    clock: systemClock,
    observer: (event) => observe(event, report),
    signal,
    privileged: true, // whatever there is must be there: nothing has to be made
    umask: 0,
    width: 1,
  });
  signal.throwIfAborted();
  if (result.error !== undefined) {
    const { code, message, detail } = result.error;
    throw new OrbitError(code, message, { detail });
  }
  report.files = result.totals.scanned.files;
  report.bytes = result.totals.scanned.bytes;
  const [{ path, contents }] = request.sources;
  const there = contents ? ends.destination.path : placeIn(disk, ends.destination.path, path);
  return report.end(`"${escapeName(path)}" against "${escapeName(there)}"`);
}

/**
 * What to compare. `SRC/` means its contents. A directory `SRC` is looked for in `DST` under its
 * own name, where `orbit sync SRC DST` puts it; if there is no such entry, `DST` itself is meant.
 */
function toRequest(
  { source, destination }: VerifyEnds,
  settings: VerifySettings,
  disk: Disk,
): SyncRequest {
  const contents = source.contents ||
    (isDirectory(disk, source.path) && !has(disk, destination.path, baseName(source.path)));
  return {
    sources: [{ path: source.path, contents }],
    destination: destination.path,
    destinationIsDirectory: destination.contents,
    options: comparison(settings),
  };
}

/** What a source is compared with: the entry of its name in a directory, or a file itself. */
function placeIn(disk: Disk, destination: string, source: string): string {
  if (!isDirectory(disk, destination)) return destination;
  return `${destination === "/" ? "" : destination}/${baseName(source)}`;
}

/** Everything by content, whatever is too much as well, and metadata if asked for. */
function comparison({ metadata }: VerifySettings): SyncOptions {
  const options = defaultSyncOptions();
  const kept = { times: metadata, permissions: metadata, owner: metadata, group: metadata };
  return {
    ...options,
    preserve: { ...options.preserve, ...kept },
    compare: "checksum",
    delete: true,
    maxDelete: { percent: 100 },
    verify: "none",
    dryRun: true,
  };
}

function observe(event: SyncEvent, report: VerifyReport): void {
  switch (event.type) {
    case "plan":
      report.difference(toDifference(event.action));
      break;
    case "trouble":
      report.trouble(event.path, event.error);
      break;
    case "progress":
      report.files = event.totals.scanned.files;
      report.bytes = event.totals.scanned.bytes;
      break;
    case "note":
      report.remark(`orbit: ${escapeMessage(event.message)}`);
      break;
    case "start":
    case "done":
    case "end":
      break;
  }
}

function toDifference({ kind, path, itemized, reason }: PlannedAction): VerifyDifference {
  if (kind === "delete") {
    return { status: "extra", path, itemized: ITEMIZED_EXTRA, reason: "not in the source" };
  }
  const status = reason === "new" ? "missing" : "differs";
  // Whether a copy would get its source's time is no difference of what is there now.
  const letters = itemized.slice(0, 2) + itemized.slice(2).replace("T", ".");
  return { status, path, itemized: letters, reason: status === "missing" ? "missing" : reason };
}

function isDirectory(disk: Disk, path: string): boolean {
  return withTree(disk, path, () => true) ?? false;
}

function has(disk: Disk, directory: string, name: string): boolean {
  return withTree(disk, directory, (tree) => tree.facts(name) !== null) ?? false;
}

/** Undefined when the path is no directory. */
function withTree<T>(
  disk: Disk,
  path: string,
  look: (tree: ReturnType<Disk["openTree"]>) => T,
): T | undefined {
  try {
    using tree = disk.openTree(path);
    return look(tree);
  } catch (error) {
    if (error instanceof OrbitError && error.detail.errno === "ENOTDIR") return undefined;
    throw error;
  }
}
