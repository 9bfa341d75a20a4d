/** The file of `--files-from`: exactly which paths to look at. */
import { OrbitError } from "#core/errors.ts";
import { compareNames } from "#core/names.ts";
import { readLines } from "./lines.ts";
import type { ListFileOptions } from "./rule_file.ts";

/** A path the list names. */
export interface ListedPath {
  /** Relative to the source, without leading, final or double slashes; "" is the source itself. */
  readonly path: string;
  /** Written with a final slash (or as `.`): the directory's own entries are wanted too. */
  readonly withContents: boolean;
}

/** What a list of names asks for. Everything is sorted and holds each path once. */
export interface NameList {
  /** The paths named, a directory before what is in it, siblings as `compareNames` orders them. */
  readonly entries: readonly ListedPath[];
  /** Directories that lead to an entry without being named, in the same order; never "". */
  readonly parents: readonly string[];
  /**
   * For each directory that leads to an entry ("" for the source): the names in it to look at,
   * entries and parents alike, sorted by `compareNames`.
   */
  readonly children: ReadonlyMap<string, readonly string[]>;
}

/**
 * Parses a list of paths, one a line or, with `nul`, one an item.
 *
 * Empty lines and lines that start with `#` or `;` don't count, as in rsync: a name that starts
 * so is written `./#name`. Leading `/` and `./` are taken off.
 *
 * @throws {OrbitError} `invalid`, with the line, for a path with a `..` or an inner `.` component
 * or a NUL byte. rsync resolves the one and starts the copied path at the other; refusing both is
 * better than a copy that lands elsewhere than the list says.
 */
export function parseNameList(bytes: Uint8Array, options: ListFileOptions): NameList {
  const listed = new Map<string, boolean>();
  for (const line of readLines(bytes, options.nul)) {
    const { path, withContents } = parsePath(line.text, line.number, options.name);
    listed.set(path, withContents || listed.get(path) === true);
  }
  const parents = findParents(listed);
  const entries = Array.from(listed, ([path, withContents]) => ({ path, withContents }));
  return {
    entries: entries.sort((a, b) => comparePaths(a.path, b.path)),
    parents: [...parents].sort(comparePaths),
    children: groupByDirectory([...listed.keys(), ...parents]),
  };
}

function parsePath(text: string, line: number, file: string): ListedPath {
  const parts = text.split("/");
  const last = parts.at(-1)!;
  const names = parts.filter((part) => part !== "");
  while (names[0] === ".") names.shift();
  if (names.at(-1) === ".") names.pop();
  const trouble = names.includes("..")
    ? 'has a ".." component'
    : names.includes(".")
    ? 'has a "." component inside'
    : text.includes("\0")
    ? "holds a NUL byte"
    : undefined;
  if (trouble !== undefined) {
    const message = `read names ${JSON.stringify(file)}: line ${line}: path ${
      JSON.stringify(text)
    } ${trouble}`;
    throw new OrbitError("invalid", message, { detail: { path: file } });
  }
  return { path: names.join("/"), withContents: last === "" || last === "." };
}

function findParents(listed: ReadonlyMap<string, boolean>): Set<string> {
  const parents = new Set<string>();
  for (const path of listed.keys()) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const parent = path.slice(0, end);
      if (parents.has(parent)) break;
      if (!listed.has(parent)) parents.add(parent);
    }
  }
  return parents;
}

function groupByDirectory(paths: readonly string[]): Map<string, string[]> {
  const children = new Map<string, string[]>();
  for (const path of paths) {
    if (path === "") continue;
    const slash = path.lastIndexOf("/");
    const directory = path.slice(0, Math.max(slash, 0));
    const names = children.get(directory);
    if (names === undefined) children.set(directory, [path.slice(slash + 1)]);
    else names.push(path.slice(slash + 1));
  }
  for (const names of children.values()) names.sort(compareNames);
  return children;
}

/** Orders paths component by component. */
function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a[at] === b[at]) at++;
  if (at === length) return a.length - b.length;
  const start = a.lastIndexOf("/", at - 1) + 1;
  return compareNames(componentAt(a, start), componentAt(b, start));
}

function componentAt(path: string, start: number): string {
  const end = path.indexOf("/", start);
  return path.slice(start, end < 0 ? path.length : end);
}
