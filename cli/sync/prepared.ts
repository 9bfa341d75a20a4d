/** What follows once the ends are found and file workers start: the run itself. */
import { lightClock } from "#core/clock.ts";
import type { JobId } from "#core/magnetar/mod.ts";
import {
  dryRun,
  explainPath,
  type Preparation,
  refuseCollisions,
  runSync as runPrepared,
  stagingTag,
  type SyncReport,
  type SyncRequest,
  type SyncServices,
} from "#core/sync/mod.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import type { Host } from "#core/program/host.ts";
import { claimJob, watchCancel } from "../jobs/owner.ts";
import { forgetOldJobs, removeJobFolder } from "../jobs/tidy.ts";
import { jobsFolder, listJobFolders } from "../state.ts";
import {
  checkManifest,
  isListed,
  manifestPages,
  notingManifest,
  writeManifest,
} from "./manifest.ts";
import { type OpenJob, openSyncJob } from "./open_job.ts";
import type { SyncRunOptions } from "./run.ts";

/** Files of a batch at most: a message to a worker costs as much as some of them. */
const BATCH_ITEMS = 256;

/** A request whose ends are found, and the system that reaches them. */
export interface PreparedRequest {
  request: SyncRequest;
  preparation: Preparation;
  system: OrbitSystem;
  features: SyncServices["features"];
  begun: SyncServices["begun"];
  /** File workers of the system. */
  width: number;
}

/** Explains, dry-runs or carries out a prepared request. */
export async function runPreparation(
  { request, preparation, system, features, begun, width }: PreparedRequest,
  options: SyncRunOptions,
  host: Host,
): Promise<SyncReport> {
  if (options.manifest !== undefined) checkManifest(options.manifest);
  const services = { ...createServices(system, width, options, host), features, begun };
  for (const message of preparation.notes) options.observer({ type: "note", message });
  await refuseCollisions(preparation.sync, services);
  if (options.explain !== undefined) {
    return await explainPath(preparation.sync, services, options.explain);
  }
  return request.options.dryRun
    ? await dryRun(preparation.sync, services)
    : await runAsJob(request, preparation, services, options, host);
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
    clock: lightClock,
    observer,
    signal,
    privileged: host.isRoot(),
    umask: Deno.umask(),
    width: width * 2 + 1, // what each works on, what waits for each, and one more
    batchItems: BATCH_ITEMS,
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
  const label = labelOf(request);
  const onNote = (message: string) => options.observer({ type: "note", message });
  const job = await openSyncJob(request, { resume: options.resume, label, onNote }, host);
  const report = await runOpenJob(job, label, preparation, services, options, host);
  if (!job.resumed && isUneventful(report)) removeJobFolder(job.folder);
  forgetOldJobs(jobsFolder(host), host.now(), Math.random);
  return report;
}

async function runOpenJob(
  job: OpenJob,
  label: string,
  preparation: Preparation,
  services: SyncServices,
  options: SyncRunOptions,
  host: Host,
): Promise<SyncReport> {
  using store = job.store;
  using _owner = claimJob(job.folder, { pid: Deno.pid, startedAtMs: host.now(), label });
  const cancelled = new AbortController();
  using _cancel = watchCancel(job.folder, (ms, callback) => host.every(ms, callback), () => {
    cancelled.abort(new DOMException("cancelled", "AbortError"));
    store.cancel(job.id);
  });
  const signal = services.signal
    ? AbortSignal.any([services.signal, cancelled.signal])
    : cancelled.signal;
  const manifest = options.manifest !== undefined;
  const observer = notingManifest(options.manifest, services.observer);
  const watched = { ...services, observer, signal };
  const report = await runPrepared(preparation.sync, watched, { ...job, manifest });
  if (!isResumable(report)) job.forget();
  if (options.manifest !== undefined && isListed(report.outcome)) {
    await writeManifest(options.manifest, job.id, manifestPages(store, job.id));
  }
  return report;
}

function isResumable(report: SyncReport): boolean {
  return report.outcome === "interrupted" || report.outcome === "timeout";
}

/** Whether all was well before, too: nothing worth remembering happened. */
function isUneventful({ outcome, totals }: SyncReport): boolean {
  const { created, copiedFiles, renamedFiles, attributesChanged, deleted } = totals;
  const made = created.directories + created.links + created.specials + created.hardLinks;
  return outcome === "complete" &&
    made + copiedFiles + renamedFiles + attributesChanged + deleted === 0;
}

/** What `orbit jobs` calls the job. */
function labelOf(request: SyncRequest): string {
  const sources = request.sources.map(({ path, contents }) => contents ? `${path}/` : path);
  return `sync ${sources.join(" ")} → ${request.destination}`;
}
