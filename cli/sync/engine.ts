/** Runs `orbit sync` for real: finds the ends, starts file workers, keeps the job. */
import { systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { createJobId, type JobId, type JobStore, openJobStore } from "#core/magnetar/mod.ts";
import {
  dryRun,
  type Preparation,
  prepareSync,
  runSync as runPrepared,
  stagingTag,
  type SyncReport,
  type SyncRequest,
  type SyncServices,
  syncStepGraph,
} from "#core/sync/mod.ts";
import { type LocalSystemOptions, openLocalSystem } from "#core/system/local_system.ts";
import { openDisk } from "#core/system/open_disk.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import type { Host } from "../host.ts";
import { claimJob, watchCancel } from "../jobs/owner.ts";
import { jobsFolder, listJobFolders, stateFolder } from "../state.ts";
import { writeManifest } from "./manifest.ts";
import type { SyncRunOptions } from "./run.ts";
import { findUnfinished, rememberUnfinished } from "./unfinished.ts";

/** The most file workers that `--jobs` may ask for. */
const MAX_WIDTH = 64;

/**
 * Runs a request on this machine; see `RunSync`.
 *
 * @param workers Another program for file workers; for fault tests.
 */
export async function runLocalSync(
  request: SyncRequest,
  options: SyncRunOptions,
  host: Host,
  workers: Pick<LocalSystemOptions, "program"> = {},
): Promise<SyncReport> {
  const preparation = prepareSync(request, await openDisk("auto", ["/"]), realPath);
  const width = Math.min(
    MAX_WIDTH,
    options.jobs ?? Math.min(8, Math.max(2, navigator.hardwareConcurrency)),
  );
  await using system = await openLocalSystem({
    read: preparation.read,
    write: preparation.write,
    width,
    signal: options.signal,
    ...workers,
  });
  const services = createServices(system, width, options, host);
  for (const { path, error } of preparation.missing) {
    options.observer({ type: "trouble", path, error, willRetry: false });
  }
  const report = request.options.dryRun
    ? await dryRun(preparation.sync, services)
    : await runAsJob(request, preparation, services, options, host);
  return withMissing(report, preparation);
}

function createServices(
  system: OrbitSystem,
  width: number,
  { signal, observer }: SyncRunOptions,
  host: Host,
): SyncServices {
  return {
    source: system,
    destination: system,
    clock: systemClock,
    observer,
    signal,
    privileged: host.isRoot(),
    umask: Deno.umask(),
    width: width + 1, // one batch waits while the workers are busy
    isLiveTag: (tag) => {
      return listJobFolders(jobsFolder(host)).some((id) => stagingTag(id as JobId) === tag);
    },
  };
}

async function runAsJob(
  request: SyncRequest,
  preparation: Preparation,
  services: SyncServices,
  options: SyncRunOptions,
  host: Host,
): Promise<SyncReport> {
  const job = await openJob(request, options, host);
  using store = job.store;
  const unfinished = await rememberUnfinished(stateFolder(host), request, job.id);
  using _owner = claimJob(job.folder, {
    pid: Deno.pid,
    startedAtMs: host.now(),
    label: labelOf(request),
  });
  const cancelled = new AbortController();
  using _cancel = watchCancel(job.folder, (ms, callback) => host.every(ms, callback), () => {
    cancelled.abort(new DOMException("cancelled", "AbortError"));
    store.cancel(job.id);
  });
  const signal = services.signal
    ? AbortSignal.any([services.signal, cancelled.signal])
    : cancelled.signal;
  const manifest = options.manifest !== undefined;
  const report = await runPrepared(preparation.sync, { ...services, signal }, { ...job, manifest });
  if (!isResumable(report)) unfinished.forget();
  if (options.manifest !== undefined && report.outcome !== "interrupted") {
    writeManifest(options.manifest, store, job.id);
  }
  return report;
}

function isResumable(report: SyncReport): boolean {
  return report.outcome === "interrupted" || report.outcome === "timeout";
}

/** The job of a run, and where it is kept. */
interface OpenJob {
  store: JobStore;
  id: JobId;
  folder: string;
  resumed: boolean;
}

/** Opens the job to go on with, or makes a new one. */
async function openJob(
  request: SyncRequest,
  options: SyncRunOptions,
  host: Host,
): Promise<OpenJob> {
  const root = jobsFolder(host);
  if (options.resume !== undefined) {
    const folder = `${root}/${options.resume}`;
    return { store: openJobStore(folder), id: options.resume as JobId, folder, resumed: true };
  }
  const unfinished = await findUnfinished(stateFolder(host), request);
  const earlier = unfinished === undefined ? undefined : openEarlier(root, unfinished);
  if (earlier !== undefined) return earlier;
  const id = createJobId(host.now(), Math.random);
  const folder = `${root}/${id}`;
  const store = openJobStore(folder);
  const label = labelOf(request);
  store.createJob({ id, kind: "sync", label, spec: request, steps: syncStepGraph() });
  return { store, id, folder, resumed: false };
}

/** The interrupted job of the same request, if it can be gone on with. */
function openEarlier(root: string, id: string): OpenJob | undefined {
  if (!listJobFolders(root).includes(id)) return undefined;
  const folder = `${root}/${id}`;
  let store: JobStore;
  try {
    store = openJobStore(folder);
  } catch (error) {
    // Another process runs it, or its database is damaged: a new job does the same work.
    if (error instanceof OrbitError) return undefined;
    throw error;
  }
  const [job] = store.jobs({ limit: 1 });
  if (job?.id === id && RESUMABLE.has(job.state)) {
    return { store, id: job.id, folder, resumed: true };
  }
  store[Symbol.dispose]();
  return undefined;
}

const RESUMABLE: ReadonlySet<string> = new Set(["pending", "interrupted"]);

/** What `orbit jobs` calls the job. */
function labelOf(request: SyncRequest): string {
  const sources = request.sources.map(({ path, contents }) => contents ? `${path}/` : path);
  return `sync ${sources.join(" ")} → ${request.destination}`;
}

/** A path without links; as it is where the sandbox won't resolve it. */
function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return path;
    throw error;
  }
}

/** Counts sources that don't exist among the failures. */
function withMissing(report: SyncReport, { missing }: Preparation): SyncReport {
  if (missing.length === 0) return report;
  const outcome = report.outcome === "complete" || report.outcome === "vanished"
    ? "partial"
    : report.outcome;
  const totals = { ...report.totals, failed: report.totals.failed + missing.length };
  return { ...report, outcome, totals, troubles: [...missing, ...report.troubles] };
}
