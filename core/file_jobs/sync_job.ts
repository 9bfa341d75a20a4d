/** Bringing a tree from one machine to another: the sync engine between two systems. */
import { OrbitError } from "#core/errors.ts";
import {
  type JobId,
  type JobOutcome,
  type JobStore,
  runJob,
  type RunOptions,
  type StepHandler,
} from "#core/magnetar/mod.ts";
import { isUnreached } from "#core/link/connection.ts";
import { greatestRate, timetableOf } from "#core/bandwidth/mod.ts";
import { NO_RETRY, retryDelayMs } from "#core/retry.ts";
import {
  prepareBetween,
  type PreparedSync,
  runSync,
  stagingTag,
  type SyncEnds,
  type SyncEvent,
  type SyncOptions,
  type SyncReport,
  type SyncServices,
} from "#core/sync/mod.ts";
import { ACTION_BOUNDS } from "#core/remote/action_size.ts";
import type { SyncOrder } from "./order.ts";
import { PATIENCE, type Workplace } from "./patience.ts";
import { runPlan } from "./plan_job.ts";
import { SyncLog } from "./sync_log.ts";
import { watch } from "./watched_system.ts";

/** Batches on their way at the same time, so that a distant Star keeps busy. */
const WIDTH = 12;

/** What a batch can move in a second, however distant the Star is. */
const BATCH_RATE = 16 << 20;

/**
 * Runs a sync until it is over, paused, cancelled or interrupted. When a machine goes away, the
 * attempt is interrupted, and another begins when the machine is back: what was copied is there and
 * isn't copied again.
 */
export async function runSyncJob(
  store: JobStore,
  id: JobId,
  order: SyncOrder,
  workplace: Workplace,
  { signal }: Pick<RunOptions, "signal"> = {},
): Promise<Pick<JobOutcome, "state" | "error">> {
  const { clock, random } = workplace.services;
  using log = new SyncLog({ store, id, clock, changes: order.changes ?? false });
  for (let failures = 1;; failures++) {
    const away = new AbortController();
    const either = signal === undefined ? away.signal : AbortSignal.any([signal, away.signal]);
    let report: SyncReport | undefined;
    try {
      report = await attempt(store, id, order, workplace, { signal: either, away, log });
      // What was brought is there: only attempts in vain make it hopeless.
      const { copiedFiles = 0, copiedBytes = 0 } = report?.totals ?? {};
      if (copiedFiles > 0 || copiedBytes > 0) failures = 1;
    } catch (error) {
      signal?.throwIfAborted();
      if (!away.signal.aborted) return await fail(store, id, error);
    }
    const { state } = store.job(id);
    if (report?.outcome === "timeout" && state === "interrupted") {
      return await fail(store, id, timedOut(order.options));
    }
    const goesOn = away.signal.aborted && (state === "interrupted" || state === "pending");
    if (signal?.aborted || !goesOn) return { state };
    const { reason } = away.signal, isCut = isUnreached(reason);
    if (isCut) workplace.notReached(order.source.starId, reason);
    // Ends between which something has gone can reach each other, once the network is well.
    const isHopeless = failures >= PATIENCE.maxAttempts &&
      !(isCut && workplace.progress.written > 0);
    if (isHopeless) return await fail(store, id, reason);
    await clock.sleep(retryDelayMs(PATIENCE, failures, random), { signal });
  }
}

/**
 * No more batches than a limit can keep busy: what comes faster than it may be taken waits between
 * the sockets, and is lost when one of the two dies.
 */
function widthWithin(limits: Pick<SyncOptions, "bytesPerSecond" | "bandwidth">): number {
  const rate = greatestRate(timetableOf(limits));
  return rate === undefined ? WIDTH : Math.min(WIDTH, Math.max(2, Math.ceil(rate / BATCH_RATE)));
}

function timedOut({ timeoutMs = 0 }: SyncOptions): OrbitError {
  return new OrbitError("unavailable", `sync: nothing moved for ${timeoutMs / 1000} s`, {
    detail: { outcome: "timeout" },
  });
}

async function attempt(
  store: JobStore,
  id: JobId,
  order: SyncOrder,
  workplace: Workplace,
  { signal, away, log }: { signal: AbortSignal; away: AbortController; log: SyncLog },
): Promise<SyncReport | undefined> {
  const onAway = (error: unknown) => away.abort(error);
  const isOne = order.source.starId === order.destination.starId;
  const source = watch(await workplace.open(order.source.starId, signal, order), onAway);
  const destination = isOne
    ? source
    : watch(await workplace.open(order.destination.starId, signal, order), onAway);
  // All at once: each is a round trip.
  const asked = Promise.all([source.features({ signal }), destination.features({ signal })]);
  const ended = asked.then(() => {}, () => {}); // trouble is reported where it is awaited
  const ends = { source, destination, signal };
  const found = await findEnds(store, id, order, ends).finally(() => ended);
  const features = await asked;
  // Only who may give files to any group may give them away, or make devices.
  const privileged = features[1].groups === undefined;
  const prepared = { ...found, options: optionsFor(found.options, { privileged, isOne }) };
  const tally = { done: doneBefore(store, id), kept: 0, matched: workplace.progress.matched };
  const { dryRun } = order.options;
  const services: SyncServices = {
    ...{ source, destination, features, signal, clock: workplace.services.clock },
    width: widthWithin(order.options),
    // A call takes several round trips, whatever is in it: as many as it may hold.
    batchItems: ACTION_BOUNDS.count,
    observer: (event) => {
      // A plan is kept as what the job found.
      if (!dryRun || event.type === "progress") log.observe(event);
      observe(event, workplace, tally, log);
    },
    onKept: (bytes) => void (tally.kept += bytes),
    privileged,
    umask: 0o022,
  };
  if (dryRun) return await runPlan(prepared, services, { store, id, explain: order.explain });
  // A move leaves something behind when it ends before its first attempt has begun, too.
  const resumed = store.job(id).attempt > 0 || order.options.removeSource !== undefined;
  const job = { store, id, resumed, manifest: order.manifest ?? false };
  return await runSync(prepared, services, job);
}

async function findEnds(
  store: JobStore,
  id: JobId,
  order: SyncOrder,
  ends: SyncEnds,
): Promise<PreparedSync> {
  return await prepareBetween({
    source: { path: order.source.path, contents: order.contents },
    destination: order.destination.path,
    destinationIsDirectory: order.destinationIsDirectory,
    tag: stagingTag(id),
    mayBeMoved: hasBegunToRemove(store, id),
    options: order.options,
  }, ends);
}

/** Whether an earlier attempt of a move came to where it takes things from the source. */
function hasBegunToRemove(store: JobStore, id: JobId): boolean {
  const tallies = Object.values(store.counts(id).remove ?? {});
  return tallies.some(({ items }) => items > 0);
}

function optionsFor(
  options: SyncOptions,
  { privileged, isOne }: { privileged: boolean; isOne: boolean },
): SyncOptions {
  const { owner, devices } = options.preserve;
  const preserve = {
    ...options.preserve,
    owner: owner && privileged,
    devices: devices && privileged,
  };
  return { ...options, preserve, findRenames: options.findRenames ?? !isOne };
}

/** What earlier attempts brought, in bytes: whole files, and what this one found of others. */
interface Tally {
  done: number;
  kept: number;
  /** Of what earlier attempts brought, what the destination had already. */
  matched: number;
}

function doneBefore(store: JobStore, id: JobId): number {
  const { transfer, late } = store.counts(id);
  return (transfer?.done.weight ?? 0) + (late?.done.weight ?? 0);
}

function observe(event: SyncEvent, workplace: Workplace, tally: Tally, log: SyncLog): void {
  if (event.type !== "progress") return;
  const { scanned, copiedBytes, verifiedBytes, matchedBytes } = event.totals;
  const entries = scanned.files + scanned.directories + scanned.links + scanned.specials;
  workplace.report({
    entries,
    // What is found in place is verified again.
    bytes: tally.done + verifiedBytes,
    written: tally.done + tally.kept + copiedBytes,
    matched: tally.matched + matchedBytes,
    totals: log.totals,
    current: event.current,
  });
}

/** Ends a job whose ends can't be found: as failed, with the reason. */
async function fail(
  store: JobStore,
  id: JobId,
  error: unknown,
): Promise<Pick<JobOutcome, "state" | "error">> {
  const handler: StepHandler = {
    batch: { maxItems: 1, maxWeight: 1 },
    concurrency: 1,
    retry: NO_RETRY,
    replan: true,
    produce() {
      throw error;
    },
    process: () => Promise.resolve([]),
  };
  const steps = Object.fromEntries(store.job(id).steps.map(({ name }) => [name, handler]));
  return await runJob(store, id, { steps });
}
