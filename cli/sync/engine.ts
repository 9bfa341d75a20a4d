/** Runs `orbit sync` for real: finds the ends, starts file workers, keeps the job. */
import process from "node:process";
import { systemClock } from "#core/clock.ts";
import { OrbitError, toOrbitError } from "#core/errors.ts";
import { type JobId, type JobStore, openJobStore } from "#core/magnetar/mod.ts";
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
import { openLocalSystem } from "#core/system/local_system.ts";
import { openDisk } from "#core/system/open_disk.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import type { Host } from "../host.ts";
import { claimJob, watchCancel } from "../jobs/owner.ts";
import { jobsFolder, listJobFolders } from "../state.ts";
import { writeManifest } from "./manifest.ts";
import type { SyncRunOptions } from "./run.ts";

/** The most file workers that `--jobs` may ask for. */
const MAX_WIDTH = 64;

/** Runs a request on this machine; see `RunSync`. */
export async function runLocalSync(
  request: SyncRequest,
  options: SyncRunOptions,
  host: Host,
): Promise<SyncReport> {
  const preparation = prepareSync(request, openDisk("auto", ["/"]), realPath);
  const width = Math.min(
    MAX_WIDTH,
    options.jobs ?? Math.min(8, Math.max(2, navigator.hardwareConcurrency)),
  );
  await using system = await openLocalSystem({
    read: preparation.read,
    write: preparation.write,
    width,
    signal: options.signal,
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
    umask: process.umask(),
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
  const job = openJob(request, options, host);
  using store = job.store;
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
  if (options.manifest !== undefined && report.outcome !== "interrupted") {
    writeManifest(options.manifest, store, job.id);
  }
  return report;
}

/** The job of a run, and where it is kept. */
interface OpenJob {
  store: JobStore;
  id: JobId;
  folder: string;
  resumed: boolean;
}

/** Opens the job to go on with, or makes a new one. */
function openJob(request: SyncRequest, options: SyncRunOptions, host: Host): OpenJob {
  const root = jobsFolder(host);
  const earlier = options.resume ?? findInterrupted(root, request);
  if (earlier !== undefined) {
    const folder = `${root}/${earlier}`;
    return { store: openJobStore(folder), id: earlier as JobId, folder, resumed: true };
  }
  Deno.mkdirSync(root, { recursive: true, mode: 0o700 });
  const fresh = Deno.makeTempDirSync({ dir: root, prefix: "new-" });
  const store = openJobStore(fresh);
  const id = store.createJob({
    kind: "sync",
    label: labelOf(request),
    spec: request,
    steps: syncStepGraph(),
  });
  const folder = `${root}/${id}`;
  Deno.renameSync(fresh, folder);
  return { store, id, folder, resumed: false };
}
