/** The options of `orbit hash`, and what it says about itself. */
import type { Option } from "#core/program/arguments/option.ts";
import { parseCount } from "#core/program/arguments/values.ts";
import type { CommandDescription } from "#core/program/help.ts";

/** What the options add up to. */
export interface HashSettings {
  check: boolean;
  quiet: boolean;
  json: boolean;
  /** Files hashed at a time. */
  jobs?: number;
}

/** The settings before any option. */
export function initialHashSettings(): HashSettings {
  return { check: false, quiet: false, json: false };
}

const group = "Options";

/** Options of `orbit hash`. */
export const hashOptions: readonly Option<HashSettings>[] = [
  {
    name: "check",
    short: "c",
    group,
    help: "read lists of hashes from the files (- for standard input), and check them",
    apply: (settings) => settings.check = true,
  },
  {
    name: "quiet",
    short: "q",
    group,
    help: "with --check: show only what failed",
    apply: (settings) => settings.quiet = true,
  },
  {
    name: "json",
    group,
    help: "one JSON object a line on standard output, and nothing else there",
    apply: (settings) => settings.json = true,
  },
  {
    name: "jobs",
    value: "N",
    completes: "none",
    group,
    help: "hash N files at a time, 1 to 64 (default: as many as there are cores)",
    apply: (settings, value) => settings.jobs = parseCount("--jobs", value, { least: 1, most: 64 }),
  },
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help and completions of `orbit hash`. */
export const hashDescription: CommandDescription = {
  name: "hash",
  summary: "print or check BLAKE3 hashes, as b3sum does",
  forms: ["[OPTION]… [FILE]…", "--check [OPTION]… [LIST]…"],
  about: [
    "Prints the BLAKE3 hash of each file in lines that b3sum --check reads, in the order of the " +
    "arguments; without any, or for -, of standard input. Directories are refused, a line each. " +
    "Names in a LIST are relative to the current directory. Exit status 23 when a file could not " +
    "be read or doesn't match, or a line of a LIST could not be understood.",
  ],
  options: hashOptions,
  examples: [
    { does: "Keep the hashes of some files", line: "orbit hash *.iso > isos.b3" },
    { does: "Check them later", line: "orbit hash --check isos.b3" },
    { does: "All of a tree", line: "find . -type f -exec orbit hash {} + > /tmp/tree.b3" },
  ],
  completes: "file",
};
