/** The options of `orbit jobs`, and what it says about itself. */
import type { Option } from "#core/program/arguments/option.ts";
import { parseCount } from "#core/program/arguments/values.ts";
import type { CommandDescription } from "#core/program/help.ts";
import type { PrunePolicy } from "./prune.ts";

/** What can be done with jobs. */
export const JOB_VERBS = ["list", "show", "resume", "cancel", "prune"] as const;

/** What the options add up to. */
export interface JobsSettings {
  json: boolean;
  verbosity: number;
  days: number;
  keep: number;
}

/** The settings before any option. */
export function initialJobsSettings(): JobsSettings {
  return { json: false, verbosity: 0, ...DEFAULT_POLICY };
}

/** What is kept where nothing else is asked for. */
export const DEFAULT_POLICY: PrunePolicy = { days: 30, keep: 100 };

const group = "Options";

/** Options of `orbit jobs`. */
export const jobsOptions: readonly Option<JobsSettings>[] = [
  {
    name: "json",
    group,
    help: "one JSON object a line on standard output",
    apply: (settings) => settings.json = true,
  },
  {
    name: "verbose",
    short: "v",
    group,
    help: "resume: name what is copied",
    apply: (settings) => settings.verbosity++,
  },
  {
    name: "days",
    value: "N",
    completes: "none",
    group,
    help: "prune: keep jobs that ended in the last N days (default 30)",
    apply: (settings, value) => settings.days = parseCount("--days", value, { most: 36_500 }),
  },
  {
    name: "keep",
    value: "N",
    completes: "none",
    group,
    help: "prune: keep the newest N ended jobs in any case (default 100)",
    apply: (settings, value) => settings.keep = parseCount("--keep", value),
  },
  { name: "help", short: "h", group, help: "show this help", apply: () => {} },
];

/** Help and completions of `orbit jobs`. */
export const jobsDescription: CommandDescription = {
  name: "jobs",
  summary: "list, resume, cancel and forget runs",
  forms: ["[list]", "show ID", "resume ID", "cancel ID", "prune [--days=N] [--keep=N]"],
  about: [
    "Every sync that changes something, or tried to, is a job. It is kept until it is pruned: " +
    "by hand, or by a later sync when 100 newer ones are there and it ended 30 days ago. One " +
    "that was interrupted, by ^C, by a crash or by a power failure, is kept and can be resumed.",
    "With --nucleus it is about the jobs of a grid, and so are run, watch, pause and results; " +
    "orbit jobs --nucleus=saved --help tells more.",
  ],
  options: jobsOptions,
  examples: [
    { does: "What runs, and what ran", line: "orbit jobs" },
    { does: "Go on with an interrupted run", line: "orbit jobs resume 1gk8v0t3m5xq" },
    { does: "What runs on a grid", line: "orbit jobs --nucleus=saved" },
    { does: "Have a Star hash a directory", line: "orbit jobs run hash nas-1:/mnt/data --results" },
    { does: "Forget all but the last ten", line: "orbit jobs prune --days=0 --keep=10" },
  ],
  completes: "none",
  verbs: JOB_VERBS,
};
