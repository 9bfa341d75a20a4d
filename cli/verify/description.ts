/** The options of `orbit verify`, and what it says about itself. */
import type { Option } from "#core/program/arguments/option.ts";
import { parseCount, parseText } from "#core/program/arguments/values.ts";
import type { CommandDescription } from "#core/program/help.ts";

/** What the options add up to. */
export interface VerifySettings {
  manifest?: string;
  /** With a manifest: files that it doesn't list are differences. */
  strict: boolean;
  /** Times, permissions and owners count. */
  metadata: boolean;
  json: boolean;
  quiet: boolean;
  jobs?: number;
}

/** The settings before any option. */
export function initialVerifySettings(): VerifySettings {
  return { strict: false, metadata: false, json: false, quiet: false };
}

const group = "Options";

/** Options of `orbit verify`. */
export const verifyOptions: readonly Option<VerifySettings>[] = [
  {
    name: "manifest",
    value: "FILE",
    group,
    help: "check the files that FILE lists with their hashes, as orbit sync --manifest and b3sum " +
      "write them (- for standard input)",
    apply: (settings, value) => settings.manifest = parseText("--manifest", value),
  },
  {
    name: "strict",
    group,
    help: "with --manifest: files that aren't listed are differences, too",
    apply: (settings) => settings.strict = true,
  },
  {
    name: "metadata",
    group,
    help: "times, permissions and owners that differ are differences, too",
    apply: (settings) => settings.metadata = true,
  },
  {
    name: "json",
    group,
    help: "one JSON object a line on standard output, and nothing else there",
    apply: (settings) => settings.json = true,
  },
  {
    name: "quiet",
    short: "q",
    group,
    help: "show nothing but errors; the exit status tells",
    apply: (settings) => settings.quiet = true,
  },
  {
    name: "jobs",
    value: "N",
    completes: "none",
    group,
    help: "work on N files at a time, 1 to 64 (default: as many as there are cores)",
    apply: (settings, value) => settings.jobs = parseCount("--jobs", value, { least: 1, most: 64 }),
  },
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help and completions of `orbit verify`. */
export const verifyDescription: CommandDescription = {
  name: "verify",
  summary: "compare two trees, or a tree and a manifest, by content",
  forms: ["[OPTION]… SRC DST", "[OPTION]… --manifest=FILE [DIR]"],
  about: [
    "Reads every file of both sides and compares kinds of entries, link targets and content, by " +
    "hash; changes nothing. A line for each entry that differs says in rsync's letters (-i) " +
    "what a sync would do: +++++++++ is missing, c or s has other content, *extra is too much.",
    "SRC/ means what is in SRC. A directory SRC without the slash is compared with the entry of " +
    "its name in DST, where orbit sync SRC DST puts it, or with DST itself when there is none. " +
    "Names in a manifest are relative to DIR, by default the manifest's own directory, and can't " +
    "lead out of it.",
    "Exit status 0 when all is equal, 23 when something differs or could not be read, 3 when SRC, " +
    "DST or the manifest isn't there, 11 when the run as a whole could not go on.",
  ],
  options: verifyOptions,
  examples: [
    { does: "Is the backup what the source is", line: "orbit verify ~/photos/ /mnt/backup" },
    { does: "Is it still what it was", line: "orbit verify --manifest=photos.b3 /mnt/backup" },
  ],
  completes: "file",
};
