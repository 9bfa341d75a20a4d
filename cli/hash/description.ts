/** The options of `orbit hash`, and what it says about itself. */
import type { Option } from "../arguments/option.ts";
import { parseCount } from "../arguments/values.ts";
import type { CommandDescription } from "../help.ts";

/** What the options add up to. */
export interface HashSettings {
  check: boolean;
  quiet: boolean;
  json: boolean;
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
    help: "hash N files at a time, 1 to 256 (default: as many as there are cores)",
    apply: (settings, value) =>
      settings.jobs = parseCount("--jobs", value, { least: 1, most: 256 }),
  },
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help and completions of `orbit hash`. */
export const hashDescription: CommandDescription = {
  name: "hash",
  summary: "print or check BLAKE3 hashes, as b3sum does",
  forms: ["[OPTION]… PATH…", "--check [OPTION]… LIST…"],
  about: [
    "Prints the BLAKE3 hash of each file, and of every file beneath each directory, in lines " +
    "that b3sum --check reads. Exit status 23 when a file could not be read or doesn't match.",
  ],
  options: hashOptions,
  examples: [
    { does: "Keep the hashes of a tree", line: "orbit hash ~/photos > photos.b3" },
    { does: "Check them later", line: "orbit hash --check photos.b3" },
  ],
  completes: "file",
};
