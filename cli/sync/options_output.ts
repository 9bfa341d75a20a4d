/** Options on what a run shows and records. */
import type { Option } from "#core/program/arguments/option.ts";
import { parseText } from "#core/program/arguments/values.ts";
import type { SyncSettings } from "./settings.ts";

const group = "Output";

/** What is shown. */
export const outputOptions: readonly Option<SyncSettings>[] = [
  {
    name: "dry-run",
    short: "n",
    group,
    help: "show what would be done and change nothing",
    apply: ({ options }) => options.dryRun = true,
  },
  {
    name: "itemize-changes",
    short: "i",
    group,
    help: "a line for each change, as rsync writes it: >f.st...... name",
    apply: ({ output }) => output.itemize = true,
    negate: ({ output }) => output.itemize = false,
  },
  {
    name: "verbose",
    short: "v",
    group,
    help: "name what is copied; twice: also what isn't, and why",
    apply: ({ output }) => output.verbosity++,
    negate: ({ output }) => output.verbosity = 0,
  },
  {
    name: "quiet",
    short: "q",
    group,
    help: "show nothing but errors",
    apply: ({ output }) => output.quiet = true,
  },
  {
    name: "progress",
    group,
    help: "show progress: a block on a terminal (where it is the default), otherwise a line " +
      "every 30 seconds",
    apply: ({ output }) => output.progress = "on",
    negate: ({ output }) => output.progress = "off",
  },
  {
    short: "P",
    group,
    help: "same as --partial --progress",
    apply(settings) {
      settings.partial = true;
      settings.output.progress = "on";
    },
  },
  {
    name: "stats",
    group,
    help: "totals at the end, under rsync's labels where they mean the same",
    apply: ({ output }) => output.stats = true,
  },
  {
    name: "human-readable",
    short: "h",
    group,
    help: "units in --stats; on its own, -h is --help",
    apply: ({ output }) => output.humanReadable = true,
    negate: ({ output }) => output.humanReadable = false,
  },
  {
    name: "json",
    group,
    help: "one JSON object a line on standard output, and nothing else there",
    apply: ({ output }) => output.json = true,
  },
  {
    name: "manifest",
    value: "FILE",
    group,
    help: "write the hash of every file to FILE, for orbit verify --manifest",
    apply: (settings, value) => settings.manifest = parseText("--manifest", value),
  },
  {
    name: "explain",
    value: "PATH",
    group,
    help: "say what would happen to PATH (relative to SRC) and why, and change nothing",
    apply: (settings, value) => settings.explain = parseText("--explain", value),
  },
  {
    name: "help",
    group,
    help: "show this help",
    apply: () => {},
  },
];
