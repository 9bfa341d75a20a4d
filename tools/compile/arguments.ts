/** The arguments of `deno task compile`. */
import { isAbsolute } from "node:path";
import { type CompressionName, COMPRESSIONS } from "./compress.ts";
import { PERMISSION_NAMES, type PermissionFlag, type PermissionName } from "./permissions.ts";
import { type Program, PROGRAMS } from "./programs.ts";

export const USAGE = `Usage: deno task compile [PROGRAM…] [OPTION…]

Makes ${PROGRAMS.map(({ name }) => name).join(", ")} (all by default) as single executables that
need no Deno on the machine.

  --out=DIR            where they go (default: dist)
  --compress=METHOD    of self-extracting executables: ${Object.keys(COMPRESSIONS).join(", ")}
                       (default: gzip; the others are smaller, but must be installed to start)
  --allow-NAME[=LIST]  bake in what the program may do, in place of that permission in deno.json:
                       ${PERMISSION_NAMES.join(", ")}
  --deny-NAME[=LIST]   bake in what it may never do
  --json               one object a line
  --help               this text

  deno task compile orbit-star --allow-read=/mnt/data --allow-write=/mnt/data/in
`;

/** What is asked for. */
export interface CompileArguments {
  programs: readonly Program[];
  out: string;
  compression: CompressionName;
  permissions: PermissionFlag[];
  json: boolean;
  help: boolean;
}

/** Trouble with the arguments, for the user. */
export class UsageError extends Error {}

/** Reads the arguments. Throws UsageError for one that isn't understood, and names it. */
export function parseArguments(args: readonly string[]): CompileArguments {
  const result: CompileArguments = {
    programs: PROGRAMS,
    out: "dist",
    compression: "gzip",
    permissions: [],
    json: false,
    help: false,
  };
  const names: string[] = [];
  for (const arg of args) {
    if (arg === "--") continue; // `deno task compile -- …` passes it on
    if (arg.startsWith("-")) readOption(arg, result);
    else names.push(arg);
  }
  if (names.length === 0) return result;
  return { ...result, programs: [...new Set(names)].map(findProgram) };
}

function findProgram(name: string): Program {
  const program = PROGRAMS.find((program) => program.name === name);
  if (program !== undefined) return program;
  const known = PROGRAMS.map(({ name }) => name).join(", ");
  throw new UsageError(`"${name}": no such program; there are ${known}`);
}

function readOption(arg: string, result: CompileArguments): void {
  const at = arg.indexOf("=");
  const name = at < 0 ? arg : arg.slice(0, at);
  const value = at < 0 ? undefined : arg.slice(at + 1);
  const permission = readPermission(name, value);
  if (permission !== undefined) {
    result.permissions.push(permission);
  } else if (name === "--out") {
    result.out = required(name, value);
  } else if (name === "--compress") {
    result.compression = readCompression(required(name, value));
  } else if (arg === "--json") {
    result.json = true;
  } else if (arg === "--help" || arg === "-h") {
    result.help = true;
  } else {
    throw new UsageError(`"${arg}": no such option`);
  }
}

function required(name: string, value: string | undefined): string {
  if (value !== undefined && value !== "") return value;
  throw new UsageError(`"${name}" needs a value: ${name}=…`);
}

function readCompression(name: string): CompressionName {
  if (Object.hasOwn(COMPRESSIONS, name)) return name as CompressionName;
  const known = Object.keys(COMPRESSIONS).join(", ");
  throw new UsageError(`"--compress=${name}": no such method; there are ${known}`);
}

/** `--allow-read=/a,/b` and the like; undefined when the name isn't a permission's. */
function readPermission(option: string, value: string | undefined): PermissionFlag | undefined {
  const [, verb, name] = /^--(allow|deny)-([a-z]+)$/.exec(option) ?? [];
  if (name === undefined || !isPermissionName(name)) return undefined;
  const rule = verb as "allow" | "deny";
  if (value === undefined) return { rule, name, list: true };
  const list = value.split(",");
  if (list.includes("")) throw new UsageError(`"${option}=${value}" has an empty item`);
  for (const path of PATHS.has(name) ? list : []) {
    // The program runs in any folder: a relative path would mean another place each time.
    if (!isAbsolute(path)) throw new UsageError(`"${option}": "${path}" must be absolute`);
  }
  return { rule, name, list };
}

const PATHS: ReadonlySet<PermissionName> = new Set(["read", "write", "ffi"]);

function isPermissionName(name: string): name is PermissionName {
  return (PERMISSION_NAMES as readonly string[]).includes(name);
}
