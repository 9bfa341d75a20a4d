/**
 * Finding and checking the ends of a sync between any two systems: what is a source, what the
 * destination becomes, and whether the two are apart. Nothing but missing destination directories
 * is made.
 */
import { type ErrorData, fromErrorData, OrbitError, systemError } from "#core/errors.ts";
import { baseName, joinPath, parentOf } from "#core/system/relative_path.ts";
import { Column, type Entry, FileType } from "#core/system/scan_batch.ts";
import {
  isDirectory,
  joinAbsolute,
  lookUp,
  makeDirectory,
  notDirectory,
  PLAIN,
  type SyncEnds,
} from "./far_directories.ts";
import { listedLookUp, listedScans } from "./listed_files.ts";
import { lookUpOlderCopies, makeBackups, placeBackupsBetween } from "./named_between.ts";
import type { SourcePath, SyncOptions } from "./options.ts";
import type { PlanSource } from "./plan_state.ts";
import type { PreparedSync } from "./run_sync.ts";

/** One tree or file, and where it is to go. */
export interface SyncBetween {
  source: SourcePath;
  /** Absolute path. */
  destination: string;
  /** It was written with a trailing slash, so it must be a directory. */
  destinationIsDirectory: boolean;
  /** An earlier attempt may have moved it all: a source that isn't there is nothing to do. */
  mayBeMoved?: boolean;
  /** Of the job's staged files. */
  tag: string;
  options: SyncOptions;
}

/**
 * Finds the ends of a sync. `SRC/` means what is in it; `SRC` goes into the destination under its
 * own name, as rsync has it.
 *
 * @throws {OrbitError} `not_found` when the source, or the destination's parent, isn't there;
 * `invalid` when the ends are the same, lie within one another, or don't fit each other.
 */
export async function prepareBetween(order: SyncBetween, ends: SyncEnds): Promise<PreparedSync> {
  // Both at once: each is a round trip. Most sources are directories.
  const there = lookUp(ends.destination, directoryFor(order), ends.signal);
  const ended = there.then(() => {}, () => {}); // trouble is reported where it is awaited
  const found = await lookUp(ends.source, order.source.path, ends.signal).finally(() => ended);
  if (found === undefined) {
    if (order.mayBeMoved) return nothingToDo(order);
    throw absent("source", order.source.path);
  }
  const { options } = order;
  const place = isDirectory(found)
    ? await placeDirectory(order, there)
    : await placeFile(order, ends, found);
  if (ends.source === ends.destination) refuseOverlap(order.source.path, found, place);
  const folder = place.base === order.destination || !isDirectory(found)
    ? undefined
    : baseName(place.base);
  const within = folder === undefined ? place.base : order.destination;
  const named = { base: place.base, within, folder };
  const older = await lookUpOlderCopies(options.linkDest, named, ends);
  const backup = options.backup && placeBackupsBetween(options.backup, named);
  const listed = options.files === undefined ? undefined : await lookUpListed(order, ends);
  if (listed !== undefined) place.plan.scans = listed.scans;
  const missing = listed?.absent ?? [];
  const exists = place.exists || await makeBase(place.base, order, ends);
  if (backup?.directory?.startsWith("/") && !options.dryRun) {
    await makeBackups(backup.directory, named, ends);
  }
  if (options.removeSource !== undefined && !options.dryRun) {
    await requireMovable(place, order.tag, ends);
  }
  return {
    sources: [place.plan],
    base: place.base,
    folder,
    baseExists: exists,
    baseIsNew: !place.exists,
    allFound: missing.length === 0,
    missing,
    notes: older.notes,
    foldsCase: false,
    options: { ...options, backup, linkDest: older.linkDest },
  };
}

function nothingToDo({ source, destination, options }: SyncBetween): PreparedSync {
  return {
    sources: [{ base: parentOf(source.path) || "/", scans: [], isRoot: false }],
    base: parentOf(destination) || "/",
    baseExists: true,
    baseIsNew: false,
    allFound: true,
    foldsCase: false,
    options,
  };
}

/** Before anything is copied: the source may be changed, and isn't the destination itself. */
async function requireMovable(
  { plan, base }: Placed,
  tag: string,
  ends: SyncEnds,
): Promise<void> {
  const { source, destination, signal } = ends;
  const untouched = { kind: "attributes" as const, path: "", metadata: {} };
  const [probed] = await source.perform(plan.base, [untouched], PLAIN, { signal });
  if (probed.error !== undefined) throw fromErrorData(probed.error);
  const { rename } = plan;
  const isOther = rename !== undefined && foldCase(rename.from) !== foldCase(rename.to);
  // In one directory a file of another name is another file.
  if (isOther || source === destination) return;
  // Two machines may see one disk. What is made at one end and shows at the other tells.
  const path = `.orbit-${tag}-${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}.tmp`;
  const mark = { kind: "directory" as const, path, metadata: { permissions: 0o700 } };
  const [made] = await destination.perform(base, [mark], PLAIN, { signal });
  if (made.error !== undefined) throw fromErrorData(made.error);
  try {
    if (await lookUp(source, joinAbsolute(plan.base, path), signal) === undefined) return;
    throw new OrbitError(
      "invalid",
      `move ${JSON.stringify(plan.base)}: both ends are one directory of a disk that both see`,
    );
  } finally {
    // Where this doesn't come through, the cleaning up of the next attempt does.
    await destination.perform(base, [{ kind: "delete", path, directory: true }], PLAIN);
  }
}

/** Names that differ only in case may be one. */
function foldCase(name: string): string {
  return name.normalize().toLowerCase();
}

interface Placed {
  plan: PlanSource;
  /** Absolute base of the destination. */
  base: string;
  exists: boolean;
  /** Where the source itself ends up. */
  target: string;
  /** What is there now. */
  there?: Entry;
}

/** Where a directory goes. */
function directoryFor({ source, destination, options }: SyncBetween): string {
  // A list of files is relative to the source, with or without a slash at its end.
  return source.contents || options.files !== undefined
    ? destination
    : joinAbsolute(destination, baseName(source.path));
}

async function placeDirectory(
  order: SyncBetween,
  lookedUp: Promise<Entry | undefined>,
): Promise<Placed> {
  const { source, options } = order;
  const base = directoryFor(order), there = await lookedUp;
  if (there !== undefined && !isDirectory(there)) throw notDirectory(base);
  const isRoot = options.files?.includes(".") ?? true;
  const plan = { base: source.path, scans: [{ recursive: options.recursive }], isRoot };
  return { plan, base, exists: there !== undefined, target: base, there };
}

async function placeFile(order: SyncBetween, ends: SyncEnds, entry: Entry): Promise<Placed> {
  const { source: { path, contents }, destination } = order;
  if (contents || order.options.files !== undefined) throw notDirectory(path);
  if ((entry.mode & FileType.mask) !== FileType.file) {
    throw systemError("EINVAL", "copy", path);
  }
  const name = baseName(path);
  const plan = (rename?: PlanSource["rename"]): PlanSource => ({
    base: parentOf(path) || "/",
    scans: [{ names: [[name]], recursive: false }],
    isRoot: false,
    rename,
  });
  const there = await lookUp(ends.destination, destination, ends.signal);
  if (there !== undefined && isDirectory(there)) {
    const target = joinAbsolute(destination, name);
    return { plan: plan(), base: destination, exists: true, target };
  }
  if (order.destinationIsDirectory) {
    if (there !== undefined) throw notDirectory(destination);
    const target = joinAbsolute(destination, name);
    return { plan: plan(), base: destination, exists: false, target };
  }
  const base = parentOf(destination) || "/";
  const parent = await lookUp(ends.destination, base, ends.signal);
  if (parent !== undefined && !isDirectory(parent)) throw notDirectory(base);
  const rename = { from: name, to: baseName(destination) };
  return { plan: plan(rename), base, exists: parent !== undefined, target: destination };
}

/**
 * The scans of exactly the files that are listed; asked for all together. What can't be looked at
 * may be there: its scan says what is wrong.
 */
async function lookUpListed({ source: { path }, options }: SyncBetween, ends: SyncEnds) {
  const found = new Map<string, number>(), unseen = new Set<string>();
  const request = { base: path, ...listedLookUp(options), recursive: false };
  for await (const batch of ends.source.scanTree(request, { signal: ends.signal })) {
    for (const { path } of batch.data.troubles) unseen.add(path);
    for (const { directory, from, to } of batch.data.parts) {
      for (let row = from; row < to; row++) {
        found.set(joinPath(directory, batch.name(row)), batch.word(row, Column.mode));
      }
    }
  }
  const isUnseen = (path: string) => unseen.has(path) || unseen.has(parentOf(path));
  return listedScans(options, (path) => found.get(path) ?? (isUnseen(path) ? 0 : null));
}

/** Makes the destination directory, and those above it if asked for; true unless it is a dry run. */
async function makeBase(base: string, order: SyncBetween, ends: SyncEnds): Promise<boolean> {
  const { dryRun, makePath } = order.options;
  const missing = [base];
  for (let at = parentOf(base); at !== ""; at = parentOf(at)) {
    if (await lookUp(ends.destination, at, ends.signal) !== undefined) break;
    if (!makePath) throw absent("destination", at);
    missing.unshift(at);
  }
  if (dryRun) return false;
  for (const path of missing) await makeDirectory(path, ends);
  return true;
}

/** A source and a destination inside each other would feed on, or delete, one another. */
function refuseOverlap(source: string, found: Entry, { target, there }: Placed): void {
  if (source === target || found.identity === there?.identity) {
    throw new OrbitError(
      "invalid",
      `sync ${JSON.stringify(target)}: source and destination are the same`,
    );
  }
  if (isWithin(source, target) || isWithin(target, source)) {
    throw new OrbitError(
      "invalid",
      `sync ${JSON.stringify(source)} to ${JSON.stringify(target)}: one lies within the other`,
    );
  }
}

function isWithin(folder: string, path: string): boolean {
  return path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

function absent(side: ErrorData["detail"]["side"], path: string): OrbitError {
  return new OrbitError(
    "not_found",
    `find ${side} ${JSON.stringify(path)}: no such file or directory`,
    { detail: { path, errno: "ENOENT", side } },
  );
}
