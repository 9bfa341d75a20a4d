/** The options of `jobs` on a grid. */
import { JOB_KINDS, JOB_STATES, type JobStateWord } from "#core/grid_api/mod.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { parseChoice, parseCount, parseText, refuseValue } from "#core/program/arguments/values.ts";
import type { GridDoor } from "./door.ts";
import { commonOptions, type CommonSettings } from "./run.ts";

/** What the options add up to. */
export interface JobsSettings extends CommonSettings {
  states: JobStateWord[];
  kind?: string;
  limit: number;
  /** rsync's rules, each with its sign. */
  filter: string[];
  oneFileSystem: boolean;
  label?: string;
  priority?: number;
  dryRun: boolean;
  relay: boolean;
  detach: boolean;
  results: boolean;
}

/** The settings before any option. */
export function initialGridJobsSettings(): JobsSettings {
  return {
    ...{ json: false, states: [], limit: 100, filter: [], oneFileSystem: false },
    ...{ dryRun: false, relay: false, detach: false, results: false },
  };
}

const listing = "Options of list";
const running = "Options of run";

const own: Option<JobsSettings>[] = [
  {
    ...{ name: "state", value: "STATE", group: listing, completes: JOB_STATES },
    help: `only jobs in this state (may be repeated): ${JOB_STATES.join(", ")}`,
    apply: ({ states }, value) => void states.push(parseChoice("--state", value, JOB_STATES)),
  },
  {
    ...{ name: "kind", value: "KIND", group: listing, completes: JOB_KINDS },
    help: "only jobs of this kind",
    apply: (settings, value) => settings.kind = parseText("--kind", value),
  },
  {
    ...{ name: "limit", value: "N", group: listing, completes: "none" },
    help: "the newest N jobs (default 100)",
    apply: (settings, value) => {
      settings.limit = parseCount("--limit", value, { least: 1, most: 1_000_000 });
    },
  },
  {
    ...{ name: "exclude", value: "PATTERN", group: running, completes: "none" },
    help: "leave out what matches, by rsync's patterns (may be repeated)",
    apply: ({ filter }, value) => void filter.push(`- ${parseText("--exclude", value)}`),
  },
  {
    ...{ name: "include", value: "PATTERN", group: running, completes: "none" },
    help: "don't leave out what matches; of all patterns the first that matches decides",
    apply: ({ filter }, value) => void filter.push(`+ ${parseText("--include", value)}`),
  },
  {
    ...{ name: "one-file-system", short: "x", group: running },
    help: "don't descend into mount points",
    apply: (settings) => settings.oneFileSystem = true,
  },
  {
    ...{ name: "label", value: "TEXT", group: running, completes: "none" },
    help: "what the job is called (default: its kind and places)",
    apply: (settings, value) => settings.label = parseText("--label", value),
  },
  {
    ...{ name: "priority", value: "N", group: running, completes: "none" },
    help: "higher goes first, from -1000 to 1000 (default 0)",
    apply: (settings, value) => {
      const priority = /^-?\d{1,4}$/.test(value) ? Number(value) : NaN;
      settings.priority = Math.abs(priority) <= 1000
        ? priority
        : refuseValue("--priority", value, "a whole number from -1000 to 1000");
    },
  },
  {
    ...{ name: "dry-run", short: "n", group: running },
    help: "copy, sync, mirror, move: change nothing; --results prints what would be done",
    apply: (settings) => settings.dryRun = true,
  },
  {
    ...{ name: "relay", group: running },
    help: "content may pass through the Nucleus when the Stars can't reach each other",
    apply: (settings) => settings.relay = true,
  },
  {
    ...{ name: "detach", group: running },
    help: "say the job's id and leave; the job goes on",
    apply: (settings) => settings.detach = true,
  },
  {
    ...{ name: "results", group: running },
    help: "print what the job found when it is over",
    apply: (settings) => settings.results = true,
  },
];

/** Options of `jobs` on a grid. */
export function jobsOptions(door: GridDoor): Option<JobsSettings>[] {
  return [...own, ...commonOptions<JobsSettings>(door)];
}
