/** Options of `orbit sync` that contradict each other; refused by name rather than one winning. */
import { usage } from "#core/program/arguments/parse.ts";
import type { SyncSettings } from "./settings.ts";

interface Conflict {
  holds(settings: SyncSettings, sourceCount: number): boolean;
  message: string;
}

const CONFLICTS: readonly Conflict[] = [
  {
    holds: ({ options, partialDirectory }) => options.inplace && partialDirectory !== undefined,
    message: "--inplace and --partial-dir: can't be used together",
  },
  {
    holds: ({ sizeOnly, checksum }) => sizeOnly && checksum,
    message: "--size-only and --checksum: can't be used together",
  },
  {
    holds: ({ output }) => output.quiet && output.progress === "on",
    message: "--quiet and --progress: can't be used together",
  },
  {
    holds: ({ filesFrom }, sourceCount) => filesFrom !== undefined && sourceCount !== 1,
    message: "--files-from: needs exactly one SRC",
  },
  {
    holds: ({ options }) => options.delete && !options.recursive,
    message: "--delete: needs recursion (-r)",
  },
  {
    holds: ({ options, removeSourceFiles }) => removeSourceFiles && options.delete,
    // What an interrupted run has moved is in no source any more: the next would delete it.
    message: "--remove-source-files and --delete: can't be used together",
  },
  {
    holds: ({ options, removeSourceFiles }) => removeSourceFiles && options.verify === "none",
    message: "--remove-source-files and --verify=none: can't be used together",
  },
  {
    // It might lead to what isn't in the source at all.
    holds: ({ options, removeSourceFiles }) => removeSourceFiles && options.followLinks,
    message: "--remove-source-files and --copy-links: can't be used together",
  },
  {
    holds: ({ watch, removeSourceFiles }) => watch && removeSourceFiles,
    message: "--remove-source-files and --watch: can't be used together",
  },
  {
    holds: (settings) => settings.deleteEmptySourceDirectories && !settings.removeSourceFiles,
    message: "--delete-empty-src-dirs: needs --remove-source-files",
  },
  {
    holds: ({ options, watch }) => watch && options.dryRun,
    message: "--watch and --dry-run: can't be used together",
  },
  {
    holds: ({ explain, watch }) => watch && explain !== undefined,
    message: "--watch and --explain: can't be used together",
  },
  {
    holds: ({ options, manifest }) => manifest !== undefined && options.dryRun,
    message: "--manifest and --dry-run: can't be used together",
  },
  {
    holds: ({ explain, manifest }) => manifest !== undefined && explain !== undefined,
    message: "--manifest and --explain: can't be used together",
  },
  {
    holds: ({ suffix, backup }) => suffix !== undefined && !backup,
    message: "--suffix: needs --backup or --backup-dir",
  },
  {
    holds: ({ suffix }) => suffix?.includes("/") || suffix?.includes("\0") || false,
    message: "--suffix: can't hold a slash or a NUL",
  },
  {
    holds: ({ suffix, backup, backupDirectory }) =>
      backup && suffix === "" && backupDirectory === undefined,
    message: "--suffix: can't be empty without --backup-dir",
  },
  {
    holds: ({ options }) =>
      options.maxSize !== undefined && options.minSize !== undefined &&
      options.maxSize < options.minSize,
    message: "--max-size and --min-size: leave no size that a file can have",
  },
  {
    holds: ({ rules, filesFrom }) =>
      rules.filter((rule) => "file" in rule && rule.file === "-").length +
          (filesFrom === "-" ? 1 : 0) > 1,
    message: "--files-from, --exclude-from and --include-from: only one can read standard input",
  },
];

/**
 * Refuses settings that contradict each other.
 *
 * @throws OrbitError `invalid` naming the options.
 */
export function refuseConflicts(settings: SyncSettings, sourceCount: number): void {
  const conflict = CONFLICTS.find(({ holds }) => holds(settings, sourceCount));
  if (conflict !== undefined) throw usage(conflict.message);
}
