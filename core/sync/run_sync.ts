/** Running a prepared sync: as a dry run, or as a job. */
import type { Clock } from "#core/clock.ts";
import { type ErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import { Bandwidth, timetableOf } from "#core/bandwidth/mod.ts";
import { JobCancelled, type JobId, type JobStore, runJob } from "#core/magnetar/mod.ts";
import type { DiskFeatures } from "#core/system/disk.ts";
import type { ActionOptions, OrbitSystem } from "#core/system/system.ts";
import { DeletionGuard } from "./deletion_guard.ts";
import type { SyncEvent, SyncOutcome, SyncReport } from "./events.ts";
import type { SyncOptions } from "./options.ts";
import { conclude, flawOf, outcomeOf, outcomeOfItems } from "./outcome.ts";
import type { PlanInput, PlanSource } from "./plan_state.ts";
import { Planner } from "./planner.ts";
import { type Removal, removalAfter, removalLine } from "./removal.ts";
import { Reporter } from "./reporter.ts";
import type { BegunScans } from "./source_scans.ts";
import { createSyncSteps, MAX_LEAD } from "./steps.ts";
import type { CheckItem } from "./verify_step.ts";
import { anySignal, watchActivity } from "./watchdog.ts";

/** A sync whose ends have been found and checked. */
export interface PreparedSync {
  sources: PlanSource[];
  /** Absolute base of the destination. */
  base: string;
  /** Where the base is a folder within the destination that was named: that folder's name. */
  folder?: string;
  /** False only in a dry run. */
  baseExists: boolean;
  /** It was just made, or would be. */
  baseIsNew: boolean;
  /** Nothing lay where the only source goes, when that was looked at. */
  targetIsEmpty?: boolean;
  /** Everything that was named exists; otherwise nothing may be deleted. */
  allFound: boolean;
  /** What was named and isn't there, where nobody has told of it yet. */
  missing?: readonly { path: string; error: ErrorData }[];
  /** Remarks on the options that nobody has told of yet. */
  notes?: readonly string[];
  /** Names that differ only in case are one name at the destination. */
  foldsCase: boolean;
  options: SyncOptions;
}

/** What a run needs beside the order. */
export interface SyncServices {
  source: OrbitSystem;
  destination: OrbitSystem;
  /** What the disks of the two know, when that was asked for already. */
  features?: readonly [source: DiskFeatures, destination: DiskFeatures];
  /** The sources' scans, where they have begun; for one run. */
  begun?: BegunScans;
  clock: Clock;
  observer: (event: SyncEvent) => void;
  signal?: AbortSignal;
  /** Device nodes can be made, owners given away. */
  privileged: boolean;
  umask: number;
  /** Batches carried out at the same time. */
  width: number;
  /** Items of a batch at most; 128 when absent. */
  batchItems?: number;
  /** Is told of bytes that an earlier attempt brought and that need not be brought again. */
  onKept?: (bytes: number) => void;
  /** Whether staged files of another job's tag may still be wanted. */
  isLiveTag?: (tag: string) => boolean;
}

/** Where a real run keeps its state. */
export interface SyncJob {
  store: JobStore;
  id: JobId;
  /** It goes on with an earlier attempt. */
  resumed: boolean;
  /** Hash the whole destination into the `manifest` step's items. */
  manifest: boolean;
}

/** Planned items kept in memory: planning runs well ahead of copying, and reading back is slow. */
const WINDOW = { maxItems: MAX_LEAD, maxBytes: 48 * 1024 * 1024 };

/** The tag of a job's staged files. */
export function stagingTag(id: JobId): string {
  return id.slice(-8);
}

/** Plans and reports, and changes nothing. */
export async function dryRun(sync: PreparedSync, services: SyncServices): Promise<SyncReport> {
  const { clock } = services;
  const startedAt = clock.elapsed();
  const reporter = new Reporter(services.observer, clock);
  reporter.emit({ type: "start", resumed: false });
  for (const { path, error } of sync.missing ?? []) reporter.trouble(path, error);
  for (const message of sync.notes ?? []) reporter.note(message);
  using watchdog = watchActivity(reporter, clock, sync.options.timeoutMs);
  const signal = anySignal(services.signal, watchdog.signal);
  const attempt = { tag: "dryrun00", resumed: false };
  const input = await planInput(sync, { ...services, signal }, reporter, attempt);
  const removes = sync.options.removeSource !== undefined, removals: Removal[] = [];
  if (removes) input.onThere = (removal) => void removals.push(removal);
  const planner = new Planner(input);
  let error: ErrorData | undefined;
  try {
    for await (const items of planner.items()) {
      for (const item of items) {
        if (item.line) reporter.emit({ type: "plan", action: item.line });
        const removal = removes ? removalAfter(item) : undefined;
        if (removal !== undefined) removals.push(removal);
      }
      for (const removal of removals.splice(0)) {
        reporter.emit({ type: "plan", action: removalLine(removal) });
      }
      reporter.progress();
    }
  } catch (thrown) {
    if (!signal.aborted) error = toErrorData(thrown);
  }
  const guard = new DeletionGuard(sync.options.maxDelete, planner.summary);
  const refusal = guard.forecast();
  if (refusal !== undefined) reporter.note(refusal);
  const outcome: SyncOutcome = services.signal?.aborted
    ? "interrupted"
    : watchdog.signal.aborted
    ? "timeout"
    : error
    ? "failed"
    : outcomeOfItems(reporter, guard);
  return conclude(reporter, clock, startedAt, { outcome, error });
}

/** Runs a sync job to its end. */
export async function runSync(
  sync: PreparedSync,
  services: SyncServices,
  job: SyncJob,
): Promise<SyncReport> {
  const { clock } = services;
  const { options } = sync;
  const startedAt = clock.elapsed();
  const reporter = new Reporter(services.observer, clock);
  reporter.emit({ type: "start", jobId: job.id, resumed: job.resumed });
  for (const { path, error } of sync.missing ?? []) reporter.trouble(path, error);
  for (const message of sync.notes ?? []) reporter.note(message);
  using watchdog = watchActivity(reporter, clock, options.timeoutMs);
  const signal = anySignal(services.signal, watchdog.signal);
  const files: CheckItem[] = [], kept: Removal[] = [];
  const wantsFiles = job.manifest || options.verify === "all";
  const input = await planInput(sync, { ...services, signal }, reporter, {
    tag: stagingTag(job.id),
    resumed: job.resumed,
  });
  const removes = options.removeSource !== undefined;
  if (removes) input.onThere = (removal) => void kept.push(removal);
  if (wantsFiles) input.onFile = (file) => void files.push(file);
  const planner = new Planner(input);
  const guard = new DeletionGuard(options.maxDelete, planner.summary);
  const steps = createSyncSteps({
    source: services.source,
    destination: services.destination,
    sources: sync.sources.map((source) => source.base),
    base: sync.base,
    planner,
    guard,
    reporter,
    actionOptions: actionOptions(options, stagingTag(job.id)),
    pace: createPace(options, clock, signal),
    bytesPerSecond: options.bytesPerSecond,
    bandwidth: options.bandwidth,
    // Only what nobody wants any more, or what hangs, is ended when this machine goes away.
    goesOn: (reason) => !(reason instanceof JobCancelled) && !watchdog.signal.aborted,
    onKept: services.onKept,
    width: services.width,
    batchItems: services.batchItems,
    takeThere: removes ? () => kept.splice(0) : undefined,
    takeFiles: wantsFiles ? () => files.splice(0) : undefined,
    verifyAll: options.verify === "all",
    manifest: job.manifest ? { folder: sync.folder ?? "" } : undefined,
  });
  const flaw = () => flawOf(reporter, guard);
  const outcome = await runJob(job.store, job.id, { steps, signal, clock, window: WINDOW, flaw });
  return conclude(reporter, clock, startedAt, {
    outcome: outcomeOf(outcome, reporter, guard, watchdog.signal),
    error: outcome.error,
    jobId: job.id,
    kept: options.partial === undefined ? [] : [...reporter.unfinished.values()],
  });
}

async function planInput(
  sync: PreparedSync,
  services: SyncServices,
  reporter: Reporter,
  { tag, resumed }: { tag: string; resumed: boolean },
): Promise<PlanInput> {
  const { source, destination, privileged, umask, isLiveTag, begun, signal } = services;
  const [a, b] = services.features ??
    await Promise.all([source.features({ signal }), destination.features({ signal })]);
  refuseLacks(sync.options, a.attributes && b.attributes);
  if (begun !== undefined) whenAborted(signal, begun.abort);
  return {
    ...sync,
    readers: begun?.readers,
    source,
    destination,
    timeStepNs: Math.max(a.timeStepNs, b.timeStepNs),
    privileged: privileged && b.specials,
    groups: b.groups,
    umask,
    tag,
    hasLeftovers: resumed,
    isLiveTag,
    totals: reporter.totals,
    onTrouble: reporter.trouble,
    onNote: reporter.note,
    onActivity: () => reporter.progress(),
    signal,
  };
}

/** Refuses, by name, what was asked for and can't be kept here. */
function refuseLacks(options: SyncOptions, attributes: boolean): void {
  const { preserve } = options;
  if (attributes || !(preserve.attributes || preserve.acls)) return;
  const name = preserve.attributes ? "-X (--xattrs)" : "-A (--acls)";
  throw new OrbitError("unsupported", `${name}: needs the libc layer, which is not loaded here`);
}

function actionOptions(options: SyncOptions, tag: string): ActionOptions {
  return {
    tag,
    verify: options.verify !== "none",
    followLinks: options.followLinks,
    keepTimes: options.preserve.times,
    sparse: options.sparse,
    inplace: options.inplace,
    // What goes from the source must survive a power cut where it went.
    fsync: options.fsync || options.removeSource !== undefined,
    backup: options.backup,
    partialDirectory: options.partial?.directory,
    keepPartial: options.partial !== undefined,
    wholeFile: options.wholeFile,
  };
}

function whenAborted(signal: AbortSignal | undefined, act: (reason: unknown) => void): void {
  if (signal?.aborted) act(signal.reason);
  else signal?.addEventListener("abort", () => act(signal.reason), { once: true });
}

/** Waits until so many bytes may move; undefined when there is no limit at any time. */
function createPace(
  limits: Pick<SyncOptions, "bytesPerSecond" | "bandwidth">,
  clock: Clock,
  signal: AbortSignal | undefined,
): ((bytes: number) => Promise<void>) | undefined {
  const timetable = timetableOf(limits);
  if (timetable.length === 0) return undefined;
  const limit = new Bandwidth(timetable, clock);
  return async (bytes) => await limit.take("", bytes, signal);
}
