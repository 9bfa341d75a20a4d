/**
 * Paths inside a tree: what the `Disk` port calls a relative path, checked in one place.
 *
 * Components are separated by "/" on every platform; "" is the tree's base itself.
 */
import { OrbitError } from "#core/errors.ts";

/**
 * Checks that a path stays beneath whatever it is appended to, by its text alone: no empty, "." or
 * ".." component, no NUL, no "/" at the start or end. "" (the base) passes.
 *
 * @throws OrbitError `invalid`, with `detail.errno` "EINVAL".
 */
export function checkRelativePath(path: string): void {
  if (path === "") return;
  if (path.includes("\0")) throw invalidPath(path, "contains a NUL character");
  let from = 0;
  while (from <= path.length) {
    const slash = path.indexOf("/", from);
    const to = slash === -1 ? path.length : slash;
    checkComponent(path, from, to);
    from = to + 1;
  }
}

/**
 * As {@linkcode checkRelativePath}, for operations that make, remove or rename an entry and so
 * can't be asked of the base itself.
 *
 * @throws OrbitError `invalid`.
 */
export function checkEntryPath(path: string): void {
  if (path === "") throw invalidPath(path, "names the base itself");
  checkRelativePath(path);
}

/**
 * Checks that a text is the name of one entry: a relative path of exactly one component.
 *
 * @throws OrbitError `invalid`.
 */
export function checkName(name: string): void {
  checkEntryPath(name);
  if (name.includes("/")) throw invalidPath(name, "is more than one name");
}

/** The directory that holds the entry; "" for entries of the base (and for the base). */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

/** The last component; "" for the base. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Puts a name (or a relative path) beneath a directory; either may be "". */
export function joinPath(directory: string, name: string): string {
  if (directory === "") return name;
  return name === "" ? directory : `${directory}/${name}`;
}

function checkComponent(path: string, from: number, to: number): void {
  const length = to - from;
  if (length === 0) {
    throw invalidPath(path, path.startsWith("/") ? "is absolute" : "has an empty component");
  }
  if (length > 2 || path.charCodeAt(from) !== 0x2e) return;
  if (length === 1) throw invalidPath(path, `has a "." component`);
  if (path.charCodeAt(from + 1) === 0x2e) throw invalidPath(path, `has a ".." component`);
}

function invalidPath(path: string, reason: string): OrbitError {
  return new OrbitError("invalid", `use path ${JSON.stringify(path)}: it ${reason}`, {
    detail: { path, errno: "EINVAL" },
  });
}
