/** The places that a program opens to its grid, as they are on this machine. */
import { isAbsolute, parse, relative, sep } from "node:path";
import { attempt } from "#core/deno_errors.ts";
import { OrbitError } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";

/** A place that a Star, or the Nucleus, opens to the grid. */
export interface Root {
  /** As it is configured. */
  readonly path: string;
  /** Without symbolic links, as it was at start. */
  readonly realPath: string;
  readonly read: boolean;
  readonly write: boolean;
}

/** A root as it is configured. */
export type ConfiguredRoot = Omit<Root, "realPath">;

/** Finds the root on this machine; what speaks against it is returned as a text. */
export function findRoot(root: ConfiguredRoot, others: readonly Root[]): Root | string {
  const shown = `"${escapeName(root.path)}"`;
  if (!root.read && !root.write) return `${shown} may be neither read nor written; remove it`;
  const nonsense = forbidden(root.path);
  if (nonsense !== undefined) return `${shown} ${nonsense}`;
  let realPath: string;
  try {
    realPath = Deno.realPathSync(root.path);
    if (!Deno.statSync(realPath).isDirectory) return `${shown} is not a directory`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return `${shown} doesn't exist; create it, or remove it from the list`;
    }
    return `${shown} can't be looked at: ${escapeName((error as Error).message)}`;
  }
  const hidden = forbidden(realPath);
  if (hidden !== undefined) return `${shown} leads to "${escapeName(realPath)}", which ${hidden}`;
  const twin = others.find((other) => other.realPath === realPath);
  if (twin !== undefined) {
    const same = twin.path === root.path ? "" : `, as "${escapeName(twin.path)}"`;
    return `${shown} is in the list already${same}`;
  }
  return { ...root, realPath };
}

/**
 * Looks at the roots of options; one that is named more than once may be used in all the ways
 * named.
 *
 * @throws {OrbitError} `invalid` naming each that can't be used.
 */
export function findRoots(wanted: readonly ConfiguredRoot[]): Root[] {
  const merged = Map.groupBy(wanted, ({ path }) => path);
  const roots: Root[] = [];
  const problems: string[] = [];
  for (const [path, same] of merged) {
    const read = same.some((root) => root.read), write = same.some((root) => root.write);
    const found = findRoot({ path, read, write }, roots);
    if (typeof found === "string") problems.push(`allowed path ${found}`);
    else roots.push(found);
  }
  if (problems.length > 0) throw new OrbitError("invalid", problems.join("\n"));
  return roots;
}

/** Why no root may be here, or undefined. */
function forbidden(path: string): string | undefined {
  if (parse(path).root === path) return "is the whole file system; name what the grid may touch";
  const first = path.split("/")[1];
  // /dev/shm holds files like any other file system.
  if (["proc", "sys"].includes(first) || (first === "dev" && !isWithin("/dev/shm", path))) {
    return `lies in /${first}, which holds the system's insides instead of files`;
  }
}

/** Whether a path is the folder or below it; both absolute and without links. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * The root through which the grid could reach into the folder, or undefined. No key or journal may
 * lie where the grid reads or writes.
 *
 * @param folder Absolute; need not exist.
 */
export function exposingRoot(roots: readonly Root[], folder: string): Root | undefined {
  const real = realFolder(folder);
  return roots.find(({ realPath }) => isWithin(realPath, real) || isWithin(real, realPath));
}

/** The folder's path without links, as far as it exists. */
function realFolder(folder: string): string {
  const { dir, base } = parse(folder);
  try {
    return Deno.realPathSync(folder);
  } catch {
    if (dir === folder) return folder;
    const parent = realFolder(dir);
    return parent.endsWith(sep) ? parent + base : parent + sep + base;
  }
}

/**
 * Refuses roots in which a file lies that only this machine's owner may see or change.
 *
 * @param what What the file is, such as `configuration`.
 * @throws {OrbitError} `invalid`
 */
export function requireHiddenFile(
  roots: readonly Root[],
  path: string,
  { what, against }: { what: string; against: "reading" | "writing" },
): void {
  const real = attempt(`find ${what}`, path, () => Deno.realPathSync(path));
  const exposing = roots.find(({ realPath, write }) =>
    (against === "reading" || write) && isWithin(realPath, real)
  );
  if (exposing === undefined) return;
  const how = against === "reading" ? "read" : "change";
  throw new OrbitError(
    "invalid",
    `the ${what} "${escapeName(path)}" lies in the allowed path "${escapeName(exposing.path)}", ` +
      `where the grid could ${how} it`,
  );
}
