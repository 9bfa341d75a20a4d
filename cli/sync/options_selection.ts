/** Options on which entries are looked at, and which of them need a copy. */
import type { Option } from "#core/program/arguments/option.ts";
import { parseSize, parseText } from "#core/program/arguments/values.ts";
import type { SyncSettings } from "./settings.ts";

const CHOICE = "What is copied";
const RULES = "Rules and lists";

/** Which entries are copied. */
export const selectionOptions: readonly Option<SyncSettings>[] = [
  {
    name: "checksum",
    short: "c",
    group: CHOICE,
    help: "find changes by content; default is by size and time",
    apply: (settings) => settings.checksum = true,
    negate: (settings) => settings.checksum = false,
  },
  {
    name: "size-only",
    group: CHOICE,
    help: "find changes by size alone",
    apply: (settings) => settings.sizeOnly = true,
  },
  {
    name: "update",
    short: "u",
    group: CHOICE,
    help: "leave files alone that are newer at the destination",
    apply: ({ options }) => options.update = true,
  },
  {
    name: "existing",
    group: CHOICE,
    help: "create nothing new, only update what is there",
    apply: ({ options }) => options.existing = true,
  },
  {
    name: "ignore-existing",
    group: CHOICE,
    help: "update nothing that is there, only create",
    apply: ({ options }) => options.ignoreExisting = true,
  },
  {
    name: "max-size",
    value: "SIZE",
    completes: "none",
    group: CHOICE,
    help: "skip files larger than SIZE: bytes, or with K M G T P (1024) or KB MB … (1000)",
    apply: ({ options }, value) => options.maxSize = parseSize("--max-size", value),
  },
  {
    name: "min-size",
    value: "SIZE",
    completes: "none",
    group: CHOICE,
    help: "skip files smaller than SIZE",
    apply: ({ options }, value) => options.minSize = parseSize("--min-size", value),
  },
  {
    name: "one-file-system",
    short: "x",
    group: CHOICE,
    help: "don't cross into other file systems",
    apply: ({ options }) => options.oneFileSystem = true,
    negate: ({ options }) => options.oneFileSystem = false,
  },
  {
    name: "exclude",
    value: "PATTERN",
    completes: "none",
    group: RULES,
    help: "leave out what matches; the first rule that matches a name decides",
    apply: ({ rules }, pattern) => rules.push({ kind: "exclude", pattern }),
  },
  {
    name: "include",
    value: "PATTERN",
    completes: "none",
    group: RULES,
    help: "don't leave out what matches",
    apply: ({ rules }, pattern) => rules.push({ kind: "include", pattern }),
  },
  {
    name: "exclude-from",
    value: "FILE",
    group: RULES,
    help: "read exclude patterns from FILE (- for standard input)",
    apply: ({ rules }, value) =>
      rules.push({ kind: "exclude", file: parseText("--exclude-from", value) }),
  },
  {
    name: "include-from",
    value: "FILE",
    group: RULES,
    help: "read include patterns from FILE (- for standard input)",
    apply: ({ rules }, value) =>
      rules.push({ kind: "include", file: parseText("--include-from", value) }),
  },
  {
    name: "files-from",
    value: "FILE",
    group: RULES,
    help: "copy only the paths that FILE lists, relative to SRC (- for standard input); " +
      "turns recursion off unless -r is given",
    apply: (settings, value) => settings.filesFrom = parseText("--files-from", value),
  },
  {
    name: "from0",
    short: "0",
    group: RULES,
    help: "entries of all those files end in NUL instead of a line's end",
    apply: (settings) => settings.nulSeparated = true,
    negate: (settings) => settings.nulSeparated = false,
  },
];
