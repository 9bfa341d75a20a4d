/** What the options of `orbit sync` add up to while its command line is read. */
import { defaultSyncOptions, type SyncOptions } from "#core/sync/options.ts";
import type { RuleSource } from "../arguments/rules.ts";

/** How a run is shown; nothing of it changes what is done. */
export interface SyncOutput {
  /** How often `-v` was given. */
  verbosity: number;
  quiet: boolean;
  /** `-i`: rsync's itemised lines. */
  itemize: boolean;
  /** `-h`: units instead of digits in `--stats`. */
  humanReadable: boolean;
  /** Progress: as suits the terminal and the other options, or as asked for. */
  progress: "auto" | "on" | "off";
  stats: boolean;
  /** NDJSON on standard output, and nothing else. */
  json: boolean;
}

/** The state that the option table of `sync` fills. */
export interface SyncSettings {
  options: SyncOptions;
  output: SyncOutput;
  /** `-r` was given by name, which outweighs what `--files-from` implies. */
  recursionAsked: boolean;
  /** Rules in the order given; files are read once all options are known. */
  rules: RuleSource[];
  filesFrom?: string;
  /** Names in rule and list files end in NUL instead of a line's end. */
  nulSeparated: boolean;
  removeSourceFiles: boolean;
  deleteEmptySourceDirectories: boolean;
  backup: boolean;
  backupDirectory?: string;
  suffix?: string;
  partial: boolean;
  partialDirectory?: string;
  sizeOnly: boolean;
  checksum: boolean;
  jobs?: number;
  manifest?: string;
  watch: boolean;
  explain?: string;
  /** Options given that only root can honour, or that change nothing here. */
  ownerAsked: boolean;
  devicesAsked: boolean;
  wholeFileAsked: boolean;
  deltaAsked: boolean;
}

/** The settings before any option. */
export function initialSettings(): SyncSettings {
  return {
    options: defaultSyncOptions(),
    output: {
      verbosity: 0,
      quiet: false,
      itemize: false,
      humanReadable: false,
      progress: "auto",
      stats: false,
      json: false,
    },
    recursionAsked: false,
    rules: [],
    nulSeparated: false,
    removeSourceFiles: false,
    deleteEmptySourceDirectories: false,
    backup: false,
    partial: false,
    sizeOnly: false,
    checksum: false,
    watch: false,
    ownerAsked: false,
    devicesAsked: false,
    wholeFileAsked: false,
    deltaAsked: false,
  };
}
