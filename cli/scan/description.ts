/** The options of `orbit scan`, and what it says about itself. */
import type { Option } from "#core/program/arguments/option.ts";
import type { RuleSource } from "../arguments/rules.ts";
import { parseText } from "#core/program/arguments/values.ts";
import type { CommandDescription } from "#core/program/help.ts";

/** What the options add up to. */
export interface ScanSettings {
  json: boolean;
  oneFileSystem: boolean;
  followLinks: boolean;
  rules: RuleSource[];
  nulSeparated: boolean;
}

/** The settings before any option. */
export function initialScanSettings(): ScanSettings {
  return { json: false, oneFileSystem: false, followLinks: false, rules: [], nulSeparated: false };
}

const group = "Options";

/** Options of `orbit scan`. */
export const scanOptions: readonly Option<ScanSettings>[] = [
  {
    name: "json",
    group,
    help: "one JSON object a line on standard output, and nothing else there",
    apply: (settings) => settings.json = true,
  },
  {
    name: "exclude",
    value: "PATTERN",
    completes: "none",
    group,
    help: "leave out what matches; the first rule that matches a name decides",
    apply: ({ rules }, pattern) => rules.push({ kind: "exclude", pattern }),
  },
  {
    name: "include",
    value: "PATTERN",
    completes: "none",
    group,
    help: "don't leave out what matches",
    apply: ({ rules }, pattern) => rules.push({ kind: "include", pattern }),
  },
  {
    name: "exclude-from",
    value: "FILE",
    group,
    help: "read exclude patterns from FILE (- for standard input)",
    apply: ({ rules }, value) =>
      rules.push({ kind: "exclude", file: parseText("--exclude-from", value) }),
  },
  {
    name: "include-from",
    value: "FILE",
    group,
    help: "read include patterns from FILE (- for standard input)",
    apply: ({ rules }, value) =>
      rules.push({ kind: "include", file: parseText("--include-from", value) }),
  },
  {
    name: "from0",
    short: "0",
    group,
    help: "patterns in files end in NUL instead of a line's end",
    apply: (settings) => settings.nulSeparated = true,
  },
  {
    name: "one-file-system",
    short: "x",
    group,
    help: "don't cross into other file systems",
    apply: (settings) => settings.oneFileSystem = true,
  },
  {
    name: "copy-links",
    short: "L",
    group,
    help: "describe what symbolic links point to",
    apply: (settings) => settings.followLinks = true,
  },
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help and completions of `orbit scan`. */
export const scanDescription: CommandDescription = {
  name: "scan",
  summary: "list a tree as a sync sees it",
  forms: ["[OPTION]… PATH"],
  about: [
    "A line for each entry: mode, size in bytes, modification time in seconds since 1970, and " +
    "path. Directories come in the order of their names' bytes, a directory's own entries before " +
    "those of its subdirectories. Exit status 23 when something could not be looked at.",
  ],
  options: scanOptions,
  examples: [
    { does: "What a rule leaves", line: "orbit scan --exclude='*.tmp' ~/work" },
    { does: "For a program", line: "orbit scan --json /srv | jq -r .path" },
  ],
  completes: "directory",
};
