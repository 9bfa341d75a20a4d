/** Options on how the destination is written, and what protects it. */
import type { Option } from "#core/program/arguments/option.ts";
import {
  parseChoice,
  parseCount,
  parseRate,
  parseSeconds,
  parseText,
} from "#core/program/arguments/values.ts";
import { parseTimetable } from "#core/bandwidth/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { usage } from "#core/program/arguments/parse.ts";
import type { SyncSettings } from "./settings.ts";
import { parseDeleteLimit } from "../arguments/delete_limit.ts";
import { parseDirectoryBeside } from "../arguments/directory_beside.ts";

const DELETING = "Deleting and keeping";
const WRITING = "Writing";

/** How the destination is written. */
export const safetyOptions: readonly Option<SyncSettings>[] = [
  {
    name: "delete",
    group: DELETING,
    help: "remove what SRC doesn't have, last, and only after clean scans of both sides",
    apply: ({ options }) => options.delete = true,
  },
  {
    name: "max-delete",
    value: "N|P%",
    completes: "none",
    group: DELETING,
    help: "stop before deleting more than N entries or P% of the destination (default 50%)",
    apply: ({ options }, value) => options.maxDelete = parseDeleteLimit("--max-delete", value),
  },
  {
    name: "find-renames",
    group: DELETING,
    help: "with --delete: move files in DST that SRC has under other names, found by content, " +
      "instead of copying them (reads both; worth it where DST is slow to write)",
    apply: ({ options }) => options.findRenames = true,
    negate: ({ options }) => options.findRenames = false,
  },
  {
    name: "backup",
    short: "b",
    group: DELETING,
    help: "keep what is replaced or deleted, under its name and a suffix",
    apply: (settings) => settings.backup = true,
    negate: (settings) => settings.backup = false,
  },
  {
    name: "backup-dir",
    value: "DIR",
    completes: "directory",
    group: DELETING,
    help: "keep it in DIR instead (relative to DST); implies --backup",
    apply(settings, value) {
      settings.backupDirectory = parseText("--backup-dir", value);
      settings.backup = true;
    },
  },
  {
    name: "suffix",
    value: "SUFFIX",
    completes: "none",
    group: DELETING,
    help: "the suffix of backups (default ~, none with --backup-dir)",
    apply: (settings, value) => settings.suffix = value,
  },
  {
    name: "remove-source-files",
    group: DELETING,
    help: "move: last, remove from SRC what has arrived and was found equal once more; " +
      "directories stay. Implies --fsync",
    apply: (settings) => settings.removeSourceFiles = true,
    negate: (settings) => settings.removeSourceFiles = false,
  },
  {
    name: "delete-empty-src-dirs",
    group: DELETING,
    help: "with --remove-source-files: remove directories of SRC, too, that hold nothing any more",
    apply: (settings) => settings.deleteEmptySourceDirectories = true,
  },
  {
    name: "link-dest",
    value: "DIR",
    completes: "directory",
    group: DELETING,
    help: "hard-link files that are equal in DIR (relative to DST) instead of copying them; " +
      "may be repeated",
    apply: ({ options }, value) => options.linkDest.push(parseText("--link-dest", value)),
  },
  {
    name: "verify",
    value: "none|sent|all",
    completes: ["none", "sent", "all"],
    group: WRITING,
    help: "sent (default): read back every written file and compare it with the source; " +
      "all: then compare both trees by content; none: read nothing back",
    apply: ({ options }, value) =>
      options.verify = parseChoice("--verify", value, ["none", "sent", "all"]),
  },
  {
    name: "fsync",
    group: WRITING,
    help: "force files to stable storage before they get their name",
    apply: ({ options }) => options.fsync = true,
  },
  {
    name: "inplace",
    group: WRITING,
    help: "write into files themselves, but for those with several hard links; an interrupted " +
      "run leaves them half-written",
    apply: ({ options }) => options.inplace = true,
    negate: ({ options }) => options.inplace = false,
  },
  {
    name: "partial",
    group: WRITING,
    help: "keep a partly copied file when interrupted, to go on from there",
    apply: (settings) => settings.partial = true,
    negate: (settings) => settings.partial = false,
  },
  {
    name: "partial-dir",
    value: "DIR",
    completes: "directory",
    group: WRITING,
    help: "keep it in DIR, which is made beside the file; implies --partial",
    apply(settings, value) {
      settings.partialDirectory = parseDirectoryBeside("--partial-dir", value);
      settings.partial = true;
    },
  },
  {
    name: "mkpath",
    group: WRITING,
    help: "create the missing parent directories of DST",
    apply: ({ options }) => options.makePath = true,
  },
  {
    name: "whole-file",
    short: "W",
    group: WRITING,
    help: "send all of a file that changed; a local copy always does",
    apply: (settings) => settings.options.wholeFile = settings.wholeFileAsked = true,
    negate(settings) {
      settings.options.wholeFile = settings.wholeFileAsked = false;
      settings.deltaAsked = true;
    },
  },
  {
    name: "bwlimit",
    value: "RATE",
    completes: "none",
    group: WRITING,
    help: "copy at most RATE a second: KiB, or with a suffix as for --max-size; 0 is no limit; " +
      "or by the time of day: '08:00,512k 12:00,10M 23:00,off', also with days: Mon-08:00,512k",
    apply: ({ options }, value) => {
      delete options.bytesPerSecond;
      delete options.bandwidth;
      if (value.includes(",")) options.bandwidth = parseBandwidth("--bwlimit", value);
      else if (value !== "off") options.bytesPerSecond = parseRate("--bwlimit", value);
    },
    negate: ({ options }) => {
      delete options.bytesPerSecond;
      delete options.bandwidth;
    },
  },
  {
    name: "timeout",
    value: "SECONDS",
    completes: "none",
    group: WRITING,
    help: "give up when nothing at all moves for this long; 0 is never (default)",
    apply: ({ options }, value) => options.timeoutMs = parseSeconds("--timeout", value),
    negate: ({ options }) => delete options.timeoutMs,
  },
  {
    name: "jobs",
    value: "N",
    completes: "none",
    group: WRITING,
    help: "work on N files at a time, 1 to 64 (default: as many as there are cores)",
    apply: (settings, value) => settings.jobs = parseCount("--jobs", value, { least: 1, most: 64 }),
  },
  {
    name: "watch",
    group: WRITING,
    help: "stay, and copy again whenever a source changes, until interrupted",
    apply: (settings) => settings.watch = true,
  },
];

/** A timetable that can be read, as it is. */
function parseBandwidth(option: string, value: string): string {
  try {
    parseTimetable(value);
    return value;
  } catch (error) {
    throw error instanceof OrbitError ? usage(`${option}: ${error.message}`) : error;
  }
}
