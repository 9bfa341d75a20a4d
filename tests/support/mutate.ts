/** Random edits of a tree, as time and people would make them. */
import { decodeName } from "#core/names.ts";
import { Random } from "./random.ts";
import { pathWord, runScript, word } from "./shell.ts";
import { freshName } from "./tree_names.ts";

/** What is done to one entry. `path` is relative to the tree, as in `core/names.ts`. */
export interface Mutation {
  kind:
    | "append"
    | "truncate"
    | "rename"
    | "file-to-directory"
    | "directory-to-file"
    | "touch"
    | "chmod"
    | "replace-link"
    | "delete"
    | "create"
    /** Other bytes, same size, same modification time: only a checksum tells. */
    | "hidden-change";
  path: string;
  /** Where a rename leads. */
  to?: string;
}

interface Found {
  path: string;
  type: string;
  size: number;
  writable: boolean;
}

/** Applies one round of `count` edits to `directory`; returns them in the order applied. */
export function mutateTree(
  seed: number,
  directory: string,
  options: { count?: number } = {},
): Mutation[] {
  const random = new Random(seed);
  const found = listTree(directory);
  const names = new Set(found.map(({ path }) => path));
  const touched: string[] = [];
  const edits: { mutation: Mutation; lines: string[] }[] = [];
  for (let i = options.count ?? 15; i > 0; i--) {
    const free = found.filter((entry) => isFree(entry, found, touched));
    if (free.length === 0) break;
    const entry = random.pick(free);
    const edit = planEdit(random, entry, names);
    touched.push(entry.path);
    edits.push(edit);
  }
  runScript(directory, edits.flatMap(({ lines }) => lines));
  return edits.map(({ mutation }) => mutation);
}

/** An entry that no edit of this round has to do with, and that may be edited. */
function isFree(entry: Found, found: readonly Found[], touched: readonly string[]): boolean {
  const parent = parentOf(entry.path);
  const writable = (path: string) =>
    path === "" || found.find((other) => other.path === path)!.writable;
  return entry.writable && writable(parent) &&
    !touched.some((path) => isWithin(path, entry.path) || isWithin(entry.path, path));
}

function planEdit(
  random: Random,
  entry: Found,
  names: Set<string>,
): { mutation: Mutation; lines: string[] } {
  const { path } = entry;
  const at = pathWord(path);
  const kind = random.pick(kindsFor(entry));
  const text = word(String.fromCharCode(random.integer(97, 122)).repeat(random.integer(1, 5000)));
  switch (kind) {
    case "append":
      return { mutation: { kind, path }, lines: [`printf %s ${text} >> ${at}`] };
    case "truncate": {
      const size = random.integer(0, entry.size - 1);
      return { mutation: { kind, path }, lines: [`truncate -s ${size} ${at}`] };
    }
    case "hidden-change":
      return {
        mutation: { kind, path },
        lines: hiddenChange(at, random.integer(1, entry.size) - 1),
      };
    case "rename": {
      const to = freshPath(random, parentOf(path), names);
      return { mutation: { kind, path, to }, lines: [`mv -T ${at} ${pathWord(to)}`] };
    }
    case "create": {
      const created = freshPath(random, parentOf(path), names);
      const lines = [`printf %s ${text} > ${pathWord(created)}`];
      return { mutation: { kind, path: created }, lines };
    }
    case "file-to-directory": {
      const lines = [`rm -f ${at}`, `mkdir ${at}`, `printf %s ${text} > ${at}/inside`];
      return { mutation: { kind, path }, lines };
    }
    case "directory-to-file":
      return { mutation: { kind, path }, lines: [`rm -rf ${at}`, `printf %s ${text} > ${at}`] };
    case "touch": {
      const time = `${random.integer(0, 2_000_000_000)}.${
        random.integer(100_000_000, 999_999_999)
      }`;
      return { mutation: { kind, path }, lines: [`touch -h -d @${time} ${at}`] };
    }
    case "chmod": {
      const mode = random.pick(entry.type === "d" ? ["755", "700", "2770"] : ["644", "600", "755"]);
      return { mutation: { kind, path }, lines: [`chmod ${mode} ${at}`] };
    }
    case "replace-link": {
      const target = word(`elsewhere/${random.integer(0, 999)}`);
      return { mutation: { kind, path }, lines: [`ln -sfn -- ${target} ${at}`] };
    }
    case "delete":
      return { mutation: { kind, path }, lines: [`rm -rf ${at}`] };
  }
}

function kindsFor({ type, size }: Found): Mutation["kind"][] {
  const always: Mutation["kind"][] = ["rename", "touch", "delete", "create"];
  if (type === "l") return [...always, "replace-link", "replace-link"];
  if (type === "d") return [...always, "chmod", "directory-to-file"];
  if (type !== "f") return [...always, "chmod"];
  const content: Mutation["kind"][] = size === 0 ? [] : ["truncate", "hidden-change"];
  return [...always, "chmod", "append", "file-to-directory", ...content];
}

/** Turns one byte into its opposite and puts the modification time back. */
function hiddenChange(at: string, offset: number): string[] {
  return [
    "reference=$(mktemp)",
    `touch -r ${at} "$reference"`,
    `byte=$(( $(od -An -tu1 -j ${offset} -N 1 ${at}) ^ 255 ))`,
    `printf "\\\\$(printf %03o $byte)" | dd of=${at} bs=1 seek=${offset} conv=notrunc status=none`,
    `touch -r "$reference" ${at}`,
    'rm "$reference"',
  ];
}

function listTree(directory: string): Found[] {
  const format = "find . -mindepth 1 \\( -writable -printf w -o -printf r \\) " +
    "-printf '%y %s %P\\0'";
  const output = runScript(directory, [format]);
  const found: Found[] = [];
  for (let from = 0; from < output.length;) {
    const end = output.indexOf(0, from);
    found.push(parseFound(decodeName(output.subarray(from, end))));
    from = end + 1;
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

function parseFound(record: string): Found {
  const [, access, type, size, path] = /^([wr])(.) (\d+) ([^]*)$/.exec(record)!;
  return { path, type, size: Number(size), writable: access === "w" || type === "l" };
}

function freshPath(random: Random, parent: string, names: Set<string>): string {
  const siblings = [...names].filter((path) => parentOf(path) === parent);
  const taken = new Set(siblings.map((path) => path.slice(path.lastIndexOf("/") + 1)));
  const name = freshName(random, taken);
  const path = parent === "" ? name : `${parent}/${name}`;
  names.add(path);
  return path;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}
