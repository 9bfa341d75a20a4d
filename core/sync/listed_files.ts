/** `--files-from`: turning a list of paths into scans of exactly those. */
import { type ErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import { compareNames } from "#core/names.ts";
import { baseName, parentOf } from "#core/system/relative_path.ts";
import { FileType } from "#core/system/scan_batch.ts";
import type { ScanRequest } from "#core/system/system.ts";
import { compileFilter, type Filter } from "./filter/mod.ts";
import type { SyncOptions } from "./options.ts";
import type { PlanSource } from "./plan_state.ts";

/**
 * The scans for the listed files, and which of them don't exist or can't be looked at. As in rsync
 * the filter is asked about what is listed and what is below, but not about what leads there.
 *
 * @param modeOf The mode of what is at a path; null when nothing is.
 */
export function listedScans(
  options: SyncOptions,
  modeOf: (path: string) => number | null,
): { scans: PlanSource["scans"]; absent: { path: string; error: ErrorData }[] } {
  const filter = compileFilter(options.filter);
  const names = new Map<string, Set<string>>();
  const kept: string[] = [], whole = new Set<string>();
  const absent: { path: string; error: ErrorData }[] = [];
  for (const listed of options.files ?? []) {
    const contents = listed === "." || listed.endsWith("/");
    const path = pathOf(listed);
    try {
      const mode = path === "" ? FileType.directory : modeOf(path);
      if (mode === null) throw notFound(path);
      const isDirectory = (mode & FileType.mask) === FileType.directory;
      if (path !== "" && filter.decide(path, isDirectory) === "exclude") continue;
    } catch (error) {
      absent.push({ path, error: toErrorData(error) });
      continue;
    }
    kept.push(path);
    if (contents || options.recursive) whole.add(path);
  }
  const shut = kept.flatMap((path) => shutOff(path, whole, filter, options));
  const lost = new Set<string>();
  for (const trouble of shut) {
    whole.delete(trouble.path);
    lost.add(trouble.path);
    absent.push(trouble);
  }
  for (const path of kept) if (!lost.has(path)) addWithParents(names, path);
  const directories = [...names.keys()].sort(compareDepthFirst).filter((path) =>
    !whole.has(path) && !coveredBy(whole, path, options)
  );
  const scans: PlanSource["scans"] = [{
    directories,
    names: directories.map((directory) => [...names.get(directory)!].sort(compareNames)),
    recursive: false,
    filter: [],
  }];
  if (whole.size > 0) {
    const tops = [...whole].sort(compareDepthFirst).filter((path) =>
      !coveredBy(whole, path, options)
    );
    scans.push({ directories: tops, recursive: options.recursive });
  }
  return { scans, absent };
}

/**
 * Trouble with a path that a rule of the filter shuts off: what leads there is below a directory
 * that is scanned with all it holds, by the filter, and no directory is scanned in two ways.
 */
function shutOff(
  path: string,
  whole: Set<string>,
  filter: Filter,
  options: SyncOptions,
): { path: string; error: ErrorData }[] {
  for (let at = parentOf(path); at !== ""; at = parentOf(at)) {
    const isScanned = whole.has(parentOf(at)) || coveredBy(whole, at, options);
    if (!isScanned || filter.decide(at, true) !== "exclude") continue;
    const text =
      `sync ${JSON.stringify(path)}: ${JSON.stringify(at)} is excluded from a directory ` +
      "that --files-from lists, too; sync the path by itself";
    return [{ path, error: toErrorData(new OrbitError("conflict", text, { detail: { path } })) }];
  }
  return [];
}

/** A look-up of every listed file, for where they can't be asked for one by one. */
export function listedLookUp(
  { files = [] }: SyncOptions,
): Required<Pick<ScanRequest, "directories" | "names">> {
  const names = new Map<string, Set<string>>();
  for (const listed of files) addWithParents(names, pathOf(listed));
  const directories = [...names.keys()].sort(compareDepthFirst);
  return {
    directories,
    names: directories.map((directory) => [...names.get(directory)!].sort(compareNames)),
  };
}

function notFound(path: string): OrbitError {
  const text = `find ${JSON.stringify(path)}: no such file or directory`;
  return new OrbitError("not_found", text, { detail: { path } });
}

function pathOf(listed: string): string {
  return listed === "." ? "" : listed.replace(/\/$/, "");
}

/** Looks a path up in its directory, and that one in its own, up to the base. */
function addWithParents(names: Map<string, Set<string>>, path: string): void {
  for (let at = path; at !== ""; at = parentOf(at)) {
    const parent = parentOf(at);
    let list = names.get(parent);
    if (list === undefined) names.set(parent, list = new Set());
    list.add(baseName(at));
  }
}

/** With recursion, a directory below another listed one is scanned with it. */
function coveredBy(whole: Set<string>, path: string, options: SyncOptions): boolean {
  if (!options.recursive) return false;
  for (let at = path; at !== "";) {
    at = parentOf(at);
    if (whole.has(at)) return true;
  }
  return false;
}

function compareDepthFirst(a: string, b: string): number {
  const x = a === "" ? [] : a.split("/"), y = b === "" ? [] : b.split("/");
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const order = compareNames(x[i], y[i]);
    if (order !== 0) return order;
  }
  return x.length - y.length;
}
