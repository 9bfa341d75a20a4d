/** `jobs`: what the Stars of a grid do. */
import type { ItemShape, JobShape } from "#core/grid_api/mod.ts";
import { segment } from "#core/grid_api/mod.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import type { CommandDescription } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { warn } from "#core/program/output/print.ts";
import type { GridDoor } from "./door.ts";
import { watchJob } from "./follow.ts";
import { exitCodeOf } from "./outcome.ts";
import { jobDetails, jobTable } from "./job_text.ts";
import { initialGridJobsSettings, jobsOptions, type JobsSettings } from "./jobs_options.ts";
import { KINDS_FORM, toJobRequest } from "./job_request.ts";
import { printResults } from "./results.ts";
import { allPages, type Invocation, print, runGridCommand, type Verb } from "./run.ts";

/** What `jobs` says about itself. */
export function describeJobs(door: GridDoor): CommandDescription {
  const { program, words: { jobs: name } } = door;
  const line = `${program} ${name}`;
  return {
    ...{
      program,
      name,
      summary: "run jobs on Stars, follow them, read their results",
    },
    forms: [
      "[list] [--state=STATE] [--kind=KIND]",
      "run scan|hash|chunk STAR:/PATH [OPTION]…",
      "run verify|copy|sync|mirror|move STAR:/SRC STAR:/DST",
      "show|cancel|pause|resume JOB…",
      "watch JOB",
      "results JOB",
    ],
    about: [
      "run makes a job and shows how far it is until it is over; with --detach it says the job's " +
      "id and leaves. A job goes on without the one who made it, waits for a Star that is away, " +
      "and survives a restart of the Nucleus. nucleus:/PATH, or a path without a Star, is the " +
      "Nucleus's own: for admins, below the places that it allows.",
      "copy brings what is new or changed, and deletes nothing; mirror also deletes what the " +
      "source hasn't; move takes from the source what has arrived and was found equal, and the " +
      "directories that this leaves empty; sync is orbit sync, whose options it has there. A slash " +
      "at the end of the source means what is in it.",
      "verify compares two places by content; what differs is an item that failed, and the exit " +
      "status is 23, as it is when files could not be read.",
    ],
    options: jobsOptions(door),
    examples: [
      {
        does: "Hash all files of a folder, and show them",
        line: `${line} run hash nas-1:/data --results`,
      },
      {
        does: "Compare a folder with its copy",
        line: `${line} run verify nas-1:/data nas-2:/copy`,
      },
      {
        does: "Make a folder equal to another",
        line: `${line} run mirror nas-1:/data/ nas-2:/mirror`,
      },
      {
        does: "Leave out what is temporary",
        line: `${line} run scan nas-1:/data --exclude='*.tmp' --detach`,
      },
      { does: "See how far it is", line: `${line} watch 1gk8v0t3m5xq` },
    ],
    completes: "none",
    verbs: Object.keys(VERBS),
  };
}

/** Runs `jobs ARGS…` on a grid. */
export function jobsCommand(
  args: readonly string[],
  host: Host,
  door: GridDoor,
): Promise<ExitCode> {
  const options = jobsOptions(door);
  const initial = initialGridJobsSettings();
  const spec = { description: describeJobs(door), options, initial, verbs: VERBS };
  return runGridCommand(spec, args, host, door);
}

type Jobs = Invocation<JobsSettings>;

async function list(invocation: Jobs): Promise<ExitCode> {
  const { api, settings: { states, kind, limit }, signal } = invocation;
  const pages = allPages(
    (before: string | undefined) =>
      api.json<{ jobs: JobShape[]; next?: string }>("/jobs", {
        query: { state: states.join(",") || undefined, kind, before, limit: Math.min(limit, 1000) },
        signal,
      }),
    "jobs",
  );
  const jobs: JobShape[] = [];
  for await (const page of pages) {
    jobs.push(...page);
    if (jobs.length >= limit) break;
  }
  print(invocation, "job", jobs.slice(0, limit), jobTable);
  return ExitCode.ok;
}

async function show(invocation: Jobs): Promise<ExitCode> {
  const { api, args, signal } = invocation;
  const jobs: JobShape[] = [];
  const failed = new Map<string, ItemShape[]>();
  for (const arg of args) {
    const path = `/jobs/${segment(arg)}`;
    const { job } = await api.json<{ job: JobShape }>(path, { signal });
    const query = { state: "failed", limit: 10 };
    const { items } = await api.json<{ items: ItemShape[] }>(`${path}/items`, { query, signal });
    jobs.push(job);
    failed.set(job.id, items);
  }
  print(
    invocation,
    "job",
    jobs,
    (jobs) => jobs.flatMap((job) => jobDetails(job, failed.get(job.id)!)),
  );
  return ExitCode.ok;
}

function decide(verb: "cancel" | "pause" | "resume"): Verb<JobsSettings> {
  return {
    ...{ least: 1, most: 1000, form: "JOB…" },
    async run(invocation) {
      const { api, args, signal } = invocation;
      for (const arg of args) {
        const path = `/jobs/${segment(arg)}/${verb}`;
        const { job } = await api.json<{ job: JobShape }>(path, { method: "POST", signal });
        print(invocation, "job", [job], ([{ id, state }]) => [
          state === "running" ? `${id}: asked to ${verb}` : `${id}: ${state}`,
        ]);
      }
      return ExitCode.ok;
    },
  };
}

async function run(invocation: Jobs): Promise<ExitCode> {
  const { api, args, settings, signal } = invocation;
  const body = toJobRequest(args, settings);
  const { job } = await api.json<{ job: JobShape }>("/jobs", { method: "POST", body, signal });
  if (settings.detach) {
    print(invocation, "job", [job], ([{ id }]) => [id]);
    return ExitCode.ok;
  }
  const over = await watchJob(invocation, job.id).catch((error) => {
    if (signal.aborted) warn(invocation.host, `job ${job.id} goes on; jobs cancel ends it`);
    throw error;
  });
  if (!settings.results) return exitCodeOf(over);
  return await printResults(invocation, over.id);
}

async function watch(invocation: Jobs): Promise<ExitCode> {
  return exitCodeOf(await watchJob(invocation, invocation.args[0]));
}

const VERBS: Record<string, Verb<JobsSettings>> = {
  list: { least: 0, most: 0, form: "", run: list },
  show: { least: 1, most: 100, form: "JOB…", run: show },
  run: {
    ...{ least: 2, most: 3, form: KINDS_FORM, run },
    check: (args, settings) => void toJobRequest(args, settings),
  },
  watch: { least: 1, most: 1, form: "JOB", run: watch },
  results: {
    ...{ least: 1, most: 1, form: "JOB" },
    run: (invocation) => printResults(invocation, invocation.args[0]),
  },
  cancel: decide("cancel"),
  pause: decide("pause"),
  resume: decide("resume"),
};
