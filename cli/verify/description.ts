/** The options of `orbit verify`, and what it says about itself. */
import type { Option } from "../arguments/option.ts";
import { parseCount, parseText } from "../arguments/values.ts";
import type { CommandDescription } from "../help.ts";

/** What the options add up to. */
export interface VerifySettings {
  manifest?: string;
  json: boolean;
  quiet: boolean;
  jobs?: number;
}

/** The settings before any option. */
export function initialVerifySettings(): VerifySettings {
  return { json: false, quiet: false };
}

const group = "Options";

/** Options of `orbit verify`. */
export const verifyOptions: readonly Option<VerifySettings>[] = [
  {
    name: "manifest",
    value: "FILE",
    group,
    help: "compare with the hashes that orbit sync --manifest wrote to FILE",
    apply: (settings, value) => settings.manifest = parseText("--manifest", value),
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
    help: "work on N files at a time, 1 to 256 (default: as many as there are cores)",
    apply: (settings, value) =>
      settings.jobs = parseCount("--jobs", value, { least: 1, most: 256 }),
  },
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help and completions of `orbit verify`. */
export const verifyDescription: CommandDescription = {
  name: "verify",
  summary: "compare two trees, or a tree and a manifest, by content",
  forms: ["[OPTION]… SRC DST", "[OPTION]… --manifest=FILE [DIR]"],
  about: [
    "Reads every file of both sides and compares hashes; changes nothing. A line for each entry " +
    "that is missing, extra or differs. Exit status 23 when there is one, or when something " +
    "could not be read.",
  ],
  options: verifyOptions,
  examples: [
    { does: "Is the backup what the source is", line: "orbit verify ~/photos/ /mnt/backup" },
    { does: "Is it still what it was", line: "orbit verify --manifest=photos.b3 /mnt/backup" },
  ],
  completes: "file",
};
