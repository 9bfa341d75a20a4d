/** The programs that are packed, as data. */

/** A program, and how it is started. */
export interface Program {
  name: string;
  /** The module that it starts with, from the repository's root. */
  entry: string;
  /** Its set under `permissions` in `deno.json`. */
  permissionSet: string;
  /** For V8, as in `--v8-flags=…`. */
  v8Flags: readonly string[];
  /** Its main thread may read files to its end, its own modules too. */
  keepsReading?: true;
}

/**
 * Optimise later, and not in the midst of a loop: in runs of a second V8's compiler threads cost
 * more than they bring. Nor look for garbage among what has stayed before there are 48 MB of it:
 * most runs end before.
 */
const SHORT_RUNS = [
  "--invocation-count-for-turbofan=30000,--no-maglev-osr,--initial-old-space-size=48",
];

/** Room for new objects in each of its threads: with a quarter of it small files take a tenth longer. */
const MANY_SMALL_FILES = ["--max-semi-space-size=16"];

/** A thousand Stars in three quarters of the memory, for a few more collections of garbage. */
const THOUSANDS_OF_STREAMS = ["--max-semi-space-size=8,--heap-growing-percent=40"];

/** Every program that Orbit is made of; their workers are found by reading the code. */
export const PROGRAMS: readonly Program[] = [
  {
    name: "orbit",
    entry: "cli/main.ts",
    permissionSet: "orbit",
    v8Flags: SHORT_RUNS,
    keepsReading: true,
  },
  { name: "orbit-star", entry: "star/main.ts", permissionSet: "star", v8Flags: MANY_SMALL_FILES },
  {
    name: "orbit-nucleus",
    entry: "nucleus/main.ts",
    permissionSet: "nucleus",
    v8Flags: THOUSANDS_OF_STREAMS,
  },
];

/** A program by its permission set, after which its task is called, too. */
export function programOf(permissionSet: string): Program {
  const found = PROGRAMS.find((program) => program.permissionSet === permissionSet);
  if (found === undefined) throw new Error(`find program "${permissionSet}": there is none`);
  return found;
}

/** Deno's options for V8, wherever the program is started. */
export function v8Options({ v8Flags }: Program): string[] {
  return v8Flags.map((flag) => `--v8-flags=${flag}`);
}
