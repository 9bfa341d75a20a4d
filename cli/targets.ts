/** Files and directories that arguments name, as the places that a system reads them from. */
import { OrbitError, systemError } from "#core/errors.ts";
import { baseName, joinPath, parentOf } from "#core/system/relative_path.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import type { Reading, ReadingOptions } from "./reading.ts";

/** An argument that names a directory, or one entry of a directory. */
export interface Target {
  system: OrbitSystem;
  /** The directory, or the one that holds the entry. */
  base: string;
  /** The entry's name; absent for a directory. */
  name?: string;
}

/** Where a file is: the real path of its directory, and its name there. */
export interface FilePlace {
  base: string;
  name: string;
}

/** More directories than these are not opened one by one. */
const MAX_ROOTS = 64;

/**
 * Opens what a path names with exactly that as the root: the directory itself, or for anything
 * else the directory it is in. A link to a directory counts as the directory.
 *
 * @param unconfined Links may lead anywhere, so everything is a root.
 * @throws `not_found` when neither is there.
 */
export async function openTarget(
  path: string,
  { unconfined = false, ...options }: Omit<ReadingOptions, "read"> & { unconfined?: boolean },
  reading: Reading,
): Promise<Target> {
  const real = realPathOrNull(path, reading);
  if (real !== null) {
    try {
      const system = await reading.openSystem({ ...options, read: [unconfined ? "/" : real] });
      if (!unconfined) return { system, base: real };
      if (await isDirectory(system, real)) return { system, base: real };
      await system[Symbol.asyncDispose]();
    } catch (error) {
      if (errnoOf(error) !== "ENOTDIR") throw error;
    }
  }
  // The path itself, not what it points to: a link stays a link.
  const { base, name } = placeOf(path, reading);
  const system = await reading.openSystem({ ...options, read: [unconfined ? "/" : base] });
  return { system, base, name };
}

/**
 * Where a file is, links on the way to its directory resolved.
 *
 * @throws `not_found` when its directory isn't there.
 */
export function placeOf(path: string, reading: Pick<Reading, "realPath">): FilePlace {
  return { base: realDirectory(parentOf(path) || "/", reading), name: baseName(path) };
}

/** As {@linkcode placeOf}, of what a path leads to when it is a link. */
export function referentOf(path: string, reading: Pick<Reading, "realPath">): FilePlace {
  const real = realPathOrNull(path, reading);
  if (real === null) throw systemError("ENOENT", "open", path);
  return { base: parentOf(real) || "/", name: baseName(real) };
}

/**
 * The real path of a directory that has to be there.
 *
 * @throws `not_found` when nothing is there.
 */
export function realDirectory(path: string, reading: Pick<Reading, "realPath">): string {
  const real = realPathOrNull(path, reading);
  if (real === null) throw systemError("ENOENT", "find", path);
  return real;
}

/**
 * The fewest roots under which all the directories lie: those that are in no other. When there
 * are very many, what they have in common takes their place.
 */
export function rootsOf(directories: Iterable<string>): string[] {
  const roots: string[] = [];
  for (const directory of [...new Set(directories)].sort(byNames)) {
    const last = roots.at(-1);
    if (last === undefined || !isWithin(directory, last)) roots.push(directory);
  }
  return roots.length <= MAX_ROOTS ? roots : [roots.reduce(commonDirectory)];
}

/** A place as seen from the root it lies under. */
export function fromRoot({ base, name }: FilePlace, roots: readonly string[]): FilePlace {
  const root = roots.find((each) => isWithin(base, each)) ?? base;
  const below = base.slice(root === "/" ? 1 : root.length + 1);
  return { base: root, name: joinPath(below, name) };
}

async function isDirectory(system: OrbitSystem, path: string): Promise<boolean> {
  const { space } = await system.inspect(path);
  return space !== undefined;
}

function realPathOrNull(path: string, { realPath }: Pick<Reading, "realPath">): string | null {
  try {
    return realPath(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return null;
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw systemError("EACCES", "find", path);
    }
    throw error;
  }
}

function isWithin(path: string, root: string): boolean {
  return path === root || root === "/" || path.startsWith(`${root}/`);
}

/** Puts every directory right before what is in it. */
function byNames(a: string, b: string): number {
  const x = a.replaceAll("/", "\0"), y = b.replaceAll("/", "\0");
  return x < y ? -1 : x > y ? 1 : 0;
}

function commonDirectory(a: string, b: string): string {
  let common = a;
  while (!isWithin(b, common)) common = parentOf(common) || "/";
  return common;
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof OrbitError ? error.detail.errno : undefined;
}
