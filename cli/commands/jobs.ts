/** `orbit jobs`. */
import { OrbitError } from "#core/errors.ts";
import type { SyncRequest } from "#core/sync/options.ts";
import { expectPositionals, parseLine } from "#core/program/arguments/parse.ts";
import { parseChoice } from "#core/program/arguments/values.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { isOver, JobCatalog, type OpenJobFolder } from "../jobs/catalog.ts";
import {
  initialJobsSettings,
  JOB_VERBS,
  jobsDescription,
  jobsOptions,
  type JobsSettings,
} from "../jobs/description.ts";
import { requestCancel } from "../jobs/owner.ts";
import { prunable } from "../jobs/prune.ts";
import { jobDetails, jobRecords, JOBS_SCHEMA, jobTable } from "../jobs/show.ts";
import { formatNumberOf } from "#core/program/output/format.ts";
import { printText, warn } from "#core/program/output/print.ts";
import { jobsFolder } from "../state.ts";
import type { RunSync } from "../sync/run.ts";
import { initialSettings } from "../sync/settings.ts";
import { superviseSync } from "../sync/supervise.ts";

/** What `orbit jobs` works with. */
export interface JobsEngine {
  openJobFolder: OpenJobFolder;
  runSync: RunSync;
}

interface Invocation {
  catalog: JobCatalog;
  id: string;
  settings: JobsSettings;
  host: Host;
  engine: JobsEngine;
}

type Verb = typeof JOB_VERBS[number];

const VERBS: Record<Verb, (invocation: Invocation) => ExitCode | Promise<ExitCode>> = {
  list,
  show,
  resume,
  cancel,
  prune,
};

/** Runs `orbit jobs ARGS…` and returns the exit status. */
export async function jobsCommand(
  args: readonly string[],
  host: Host,
  engine: JobsEngine,
): Promise<ExitCode> {
  const settings = initialJobsSettings();
  const { positionals, help } = parseLine(args, jobsOptions, settings);
  if (help) {
    printText(host, commandHelp(jobsDescription));
    return ExitCode.ok;
  }
  const [word = "list", ...rest] = positionals;
  const verb = parseChoice("verb", word, JOB_VERBS);
  const takes = verb === "list" || verb === "prune" ? 0 : 1;
  expectPositionals(rest, {
    least: takes,
    most: takes,
    form: takes === 0 ? `nothing after ${verb}` : `${verb} ID`,
  });
  const catalog = new JobCatalog(jobsFolder(host), engine.openJobFolder);
  return await VERBS[verb]({ catalog, id: rest[0], settings, host, engine });
}

function list({ catalog, settings, host }: Invocation): ExitCode {
  const folders = catalog.list();
  print(host, settings.json ? jobRecords(folders) : jobTable(folders));
  return ExitCode.ok;
}

function show({ catalog, id, settings, host }: Invocation): ExitCode {
  const folder = catalog.find(id);
  print(host, settings.json ? jobRecords([folder]) : jobDetails(folder));
  return ExitCode.ok;
}

async function resume({ catalog, id, settings, host, engine }: Invocation): Promise<ExitCode> {
  const folder = catalog.find(id);
  if (folder.status !== "stored") {
    throw new OrbitError("conflict", `resume job "${id}": it is ${folder.status}`);
  }
  if (isOver(folder.job)) {
    throw new OrbitError("conflict", `resume job "${id}": it is ${folder.job.state}`);
  }
  const { output } = initialSettings();
  output.json = settings.json;
  output.verbosity = settings.verbosity;
  const request = requestOf(folder.job.spec, id);
  return await superviseSync(
    request,
    { output, watch: false, resume: id },
    host,
    engine.runSync,
  );
}

function cancel({ catalog, id, settings, host }: Invocation): ExitCode {
  const folder = catalog.find(id);
  if (folder.status === "running") requestCancel(catalog.folderOf(id));
  else if (folder.status === "stored") catalog.cancel(id);
  else throw new OrbitError("conflict", `cancel job "${id}": it is ${folder.status}`);
  const state = folder.status === "running" ? "asked to stop" : "cancelled";
  print(host, [
    settings.json
      ? JSON.stringify({ schema: JOBS_SCHEMA, type: "cancel", seq: 0, id, state })
      : `${id}: ${state}`,
  ]);
  return ExitCode.ok;
}

function prune({ catalog, settings, host }: Invocation): ExitCode {
  const ids = prunable(catalog.list(), settings, host.now());
  let failed = 0;
  ids.forEach((id, seq) => {
    try {
      catalog.remove(id);
      if (settings.json) {
        print(host, [JSON.stringify({ schema: JOBS_SCHEMA, type: "pruned", seq, id })]);
      }
    } catch (error) {
      failed++;
      warn(host, `forget job "${id}": ${error instanceof Error ? error.message : error}`);
    }
  });
  if (!settings.json) print(host, [`forgot ${formatNumberOf(ids.length - failed, "job")}`]);
  return failed === 0 ? ExitCode.ok : ExitCode.someFailed;
}

/** The stored request, as far as it must be looked at before the engine does. */
function requestOf(spec: unknown, id: string): SyncRequest {
  const request = spec as Partial<SyncRequest> | null;
  const isRequest = typeof request === "object" && request !== null &&
    Array.isArray(request.sources) && typeof request.destination === "string" &&
    typeof request.options === "object" && request.options !== null;
  if (!isRequest) {
    throw new OrbitError("unsupported", `resume job "${id}": it isn't a sync of this version`);
  }
  return request as SyncRequest;
}

function print(host: Host, lines: readonly string[]): void {
  printText(host, lines.map((line) => `${line}\n`).join(""));
}
