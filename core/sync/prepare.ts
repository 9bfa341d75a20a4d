/**
 * Finding and checking the ends of a sync on this machine: what is a source, what the destination
 * becomes, and whether the two are apart. Nothing but missing destination directories is made.
 */
import { type ErrorData, OrbitError, systemError, toErrorData } from "#core/errors.ts";
import type { Disk, FileFacts, Tree } from "#core/system/disk.ts";
import { baseName, parentOf } from "#core/system/relative_path.ts";
import { FileType } from "#core/system/scan_batch.ts";
import { foldsCase } from "./collisions.ts";
import { type FoundDestination, kindOf, makeDestination, makeMissing } from "./destination.ts";
import { compileFilter } from "./filter/mod.ts";
import { listedScans } from "./listed_files.ts";
import { findBackups, findOlderCopies } from "./named_directories.ts";
import type { SourcePath, SyncOptions, SyncRequest } from "./options.ts";
import type { PlanSource } from "./plan_state.ts";
import type { PreparedSync } from "./run_sync.ts";

/** What preparing gives. */
export interface Preparation {
  sync: PreparedSync;
  /** Absolute paths that will be read, and written. */
  read: string[];
  write: string[];
  /** Those to be read whose files may get further names in the destination. */
  linkFrom: string[];
  /** Remarks on the options. */
  notes: string[];
}

/** A source that is there. */
interface FoundSource {
  plan: PlanSource;
  /** Real path of what is copied. */
  root: string;
  isDirectory: boolean;
  /** Its name at the destination; "" for the contents of a directory. */
  name: string;
}

/**
 * Finds the ends of a sync.
 *
 * @param disk This machine's files, unconfined.
 * @param realPath Resolves an existing path's links.
 * @throws `not_found` when no source or no parent of the destination is there, `invalid` when the
 *   ends overlap or don't fit each other.
 */
export function prepareSync(
  request: SyncRequest,
  disk: Disk,
  realPath: (path: string) => string,
): Preparation {
  const missing: { path: string; error: ErrorData }[] = [];
  const found: FoundSource[] = [];
  for (const source of request.sources) {
    try {
      found.push(findSource(source, request.options, disk, realPath));
    } catch (error) {
      missing.push({ path: source.path, error: toErrorData(error) });
    }
  }
  if (found.length === 0) {
    const { message } = missing[0].error;
    throw new OrbitError("not_found", message, { detail: { path: missing[0].path } });
  }
  const { options } = request;
  const target = findDestination(request, found, disk, realPath);
  refuseOverlap(found, target.base, options, disk);
  const { linkDest, notes } = findOlderCopies(options.linkDest, target.base, disk);
  const backup = options.backup &&
    findBackups(options.backup, target.base, disk, (path) => realDestination(path, realPath));
  let isNew = !target.exists;
  if (isNew) {
    // What may be private in the source isn't shown before the destination has its permissions.
    const getsThem = options.preserve.permissions && (options.recursive || options.files);
    const isPrivate = !!getsThem && found.some(({ plan }) => plan.isRoot);
    isNew = makeDestination(disk, target, { ...options, isPrivate });
  }
  if (options.files !== undefined) {
    using tree = disk.openTree(found[0].plan.base);
    const { scans, absent } = listedScans(options, (path) => tree.facts(path)?.mode ?? null);
    found[0].plan.scans = scans;
    for (const one of absent) missing.push(one); // too many for one call's arguments, maybe
  }
  const outside = backup?.directory?.startsWith("/") ? [backup.directory] : [];
  if (!options.dryRun) { for (const path of outside) makeMissing(disk, path); }
  // A dry run only reads, and there what exists.
  const write = !options.dryRun ? [target.base, ...outside] : target.exists ? [target.base] : [];
  const bases = found.map((source) => source.plan.base);
  const isEmptied = options.removeSource !== undefined && !options.dryRun;
  if (isEmptied) write.push(...new Set(bases));
  return {
    sync: {
      sources: found.map((source) => source.plan),
      base: target.base,
      baseExists: target.exists || !options.dryRun,
      baseIsNew: isNew,
      targetIsEmpty: found.length === 1 && isNothing(disk, target.base, found[0].name),
      allFound: missing.length === 0,
      missing,
      foldsCase: foldsCase(disk, existingPart(disk, target.base)),
      options: { ...options, linkDest, backup },
    },
    read: options.followLinks ? ["/"] : [...new Set([...isEmptied ? [] : bases, ...linkDest])],
    write,
    linkFrom: linkDest,
    notes,
  };
}

/** Whether a path is missing, or an empty directory that can be told as such at a glance. */
function isNothing(disk: Disk, base: string, name: string): boolean {
  try {
    using tree = disk.openTree(base);
    return tree.facts(name) === null || tree.isEmpty?.(name) === true;
  } catch {
    return false; // missing, or told of later by whoever needs it
  }
}

function findSource(
  source: SourcePath,
  { recursive, followLinks, files }: SyncOptions,
  disk: Disk,
  realPath: (path: string) => string,
): FoundSource {
  // A list of files is relative to the source, with or without a slash at its end.
  if (source.contents || source.path === "/" || files !== undefined) {
    using _tree = disk.openTree(source.path); // says what is wrong if it is no directory
    const base = realPath(source.path);
    const isRoot = files === undefined || files.includes(".");
    const plan = { base, scans: [{ recursive }], isRoot };
    return { plan, root: base, isDirectory: true, name: "" };
  }
  const parent = parentOf(source.path) || "/";
  const name = baseName(source.path);
  using tree = disk.openTree(parent);
  const facts = tree.facts(name);
  if (facts === null) {
    throw new OrbitError(
      "not_found",
      `find source ${JSON.stringify(source.path)}: no such file or directory`,
      { detail: { path: source.path, errno: "ENOENT", side: "source" } },
    );
  }
  const base = realPath(parent);
  const type = facts.mode & FileType.mask;
  const followed = followLinks && type === FileType.link;
  return {
    plan: { base, scans: [{ names: [[name]], recursive }], isRoot: false },
    root: followed ? realPath(source.path) : under(base, name),
    isDirectory: followed ? kindOf(disk, source.path) === "directory" : type === FileType.directory,
    name,
  };
}

function findDestination(
  request: SyncRequest,
  found: FoundSource[],
  disk: Disk,
  realPath: (path: string) => string,
): FoundDestination {
  const { destination } = request;
  const kind = kindOf(disk, destination);
  if (kind === "directory") return { base: realPath(destination), exists: true };
  const single = found.length === 1 && found[0].name !== "" && !found[0].isDirectory &&
    request.options.files === undefined;
  if (kind === "other" && !single) {
    throw new OrbitError(
      "invalid",
      `sync to ${JSON.stringify(destination)}: is not a directory`,
      { detail: { path: destination, errno: "ENOTDIR" } },
    );
  }
  if (!single || request.destinationIsDirectory) {
    if (kind === "other") {
      throw new OrbitError("invalid", `sync to ${JSON.stringify(destination)}: is not a directory`);
    }
    return { base: realDestination(destination, realPath), exists: false };
  }
  found[0].plan.rename = { from: found[0].name, to: baseName(destination) };
  found[0].name = baseName(destination);
  const parent = parentOf(destination) || "/";
  if (kindOf(disk, parent) === "directory") return { base: realPath(parent), exists: true };
  return { base: realDestination(parent, realPath), exists: false, isParent: true };
}

/** The real path that a directory which doesn't exist yet will have. */
function realDestination(path: string, realPath: (path: string) => string): string {
  try {
    return realPath(path);
  } catch {
    const parent = parentOf(path) || "/";
    return parent === path ? path : under(realDestination(parent, realPath), baseName(path));
  }
}

/** The path, or the closest directory above it that exists. */
function existingPart(disk: Disk, path: string): string {
  return kindOf(disk, path) === "directory" ? path : existingPart(disk, parentOf(path) || "/");
}

/** A source and a destination inside each other would feed on, or delete, one another. */
function refuseOverlap(
  found: FoundSource[],
  base: string,
  options: SyncOptions,
  disk: Disk,
): void {
  for (const source of found) {
    const target = source.name === "" ? base : under(base, source.name);
    if (target === source.root) {
      throw new OrbitError(
        "invalid",
        `sync ${JSON.stringify(target)}: source and destination are the same`,
      );
    }
    if (!source.isDirectory) continue;
    if (isSameDirectory(disk, source.root, target)) {
      throw new OrbitError(
        "invalid",
        `sync ${JSON.stringify(source.root)} to ${JSON.stringify(target)}: are one directory`,
      );
    }
    if (isInside(base, source.root) && !isFilteredOut(source, base, options)) {
      throw new OrbitError(
        "invalid",
        `sync to ${JSON.stringify(base)}: lies inside the source ` +
          `${JSON.stringify(source.root)}; leave it out with --exclude, or choose another place`,
      );
    }
    if (isInside(source.root, target)) {
      throw new OrbitError(
        "invalid",
        `sync from ${JSON.stringify(source.root)}: lies inside the destination ${
          JSON.stringify(target)
        }`,
      );
    }
  }
}

/** Whether two paths lead to one directory, as they do through a bind mount. */
function isSameDirectory(disk: Disk, a: string, b: string): boolean {
  const identity = identityOf(disk, a);
  return identity !== undefined && identity === identityOf(disk, b);
}

function identityOf(disk: Disk, directory: string): string | undefined {
  if (kindOf(disk, directory) !== "directory") return undefined;
  using tree = disk.openTree(directory);
  const facts = factsOf(tree, directory);
  return facts === null ? undefined : `${facts.devMajor}.${facts.devMinor}:${facts.ino}`;
}

/** The facts of a tree's directory, which trouble names: for the tree itself it has no name. */
function factsOf(tree: Tree, directory: string): FileFacts | null {
  try {
    return tree.facts("");
  } catch (error) {
    const errno = error instanceof OrbitError ? error.detail.errno : undefined;
    throw errno === undefined ? error : systemError(errno, "examine", directory);
  }
}

/** Whether the filters keep the scan away from a destination that lies inside the source. */
function isFilteredOut(source: FoundSource, base: string, options: SyncOptions): boolean {
  const from = source.plan.base === "/" ? "/" : `${source.plan.base}/`;
  const path = base.slice(from.length);
  return compileFilter(options.filter).explain(path, true).verdict === "exclude";
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}

function under(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}
