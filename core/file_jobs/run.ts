/** Creating and running file jobs. */
import {
  type JobId,
  type JobOutcome,
  type JobStore,
  type NewStep,
  runJob,
  type RunOptions,
  type StepHandler,
} from "#core/magnetar/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { chunkGraph, chunkSteps } from "./chunk_job.ts";
import { hashGraph, hashSteps } from "./hash_job.ts";
import { FILE_JOB_KINDS, type FileOrder, isSyncOrder, placesOf, type SyncOrder } from "./order.ts";
import { Workplace } from "./patience.ts";
import { scanGraph, scanSteps } from "./scan_job.ts";
import { syncStepGraph } from "#core/sync/mod.ts";
import { planGraph } from "./plan_job.ts";
import { runSyncJob } from "./sync_job.ts";
import { settleSyncOrder } from "./sync_kinds.ts";
import type { FileJobServices } from "./services.ts";
import { type FileJobTotals, keepTotals, totalsOf } from "./totals.ts";
import { verifyGraph, verifySteps } from "./verify_job.ts";

const GRAPHS: Record<Exclude<FileOrder["kind"], SyncOrder["kind"]>, NewStep[]> = {
  scan: scanGraph,
  hash: hashGraph,
  chunk: chunkGraph,
  verify: verifyGraph,
};

/**
 * Puts an order on record as a job that waits to be run.
 *
 * @throws {OrbitError} `invalid` or `unsupported` naming what the kind of job has no use for.
 */
export function createFileJob(
  store: JobStore,
  asked: FileOrder,
  { label, priority }: { label: string; priority?: number },
): JobId {
  const order = isSyncOrder(asked) ? settleSyncOrder(asked) : asked;
  const [source, destination = source] = placesOf(order);
  return store.createJob({
    kind: order.kind,
    label,
    spec: order,
    steps: isSyncOrder(order) ? syncGraph(order) : GRAPHS[order.kind],
    priority,
    sourceStarId: source.starId,
    destStarId: destination.starId,
  });
}

function syncGraph({ options }: SyncOrder): NewStep[] {
  return options.dryRun ? planGraph : syncStepGraph(options);
}

/**
 * Runs a file job until it is over, paused, cancelled or interrupted. While a Star that it needs is
 * away, it waits; what was done stays done.
 *
 * @throws {OrbitError} `unsupported` when the job is of another kind; as `runJob`.
 */
export async function runFileJob(
  store: JobStore,
  id: JobId,
  services: FileJobServices,
  options: Pick<RunOptions, "signal" | "onEvent"> = {},
): Promise<Pick<JobOutcome, "state" | "error">> {
  const job = store.job(id), { spec, kind } = job;
  if (!FILE_JOB_KINDS.some((known) => known === kind)) {
    throw new OrbitError("unsupported", `run job ${JSON.stringify(id)}: it is a ${kind} job`);
  }
  const { clock, random } = services;
  const order = spec as FileOrder;
  const keep = (totals: FileJobTotals) => keepTotals(store, id, totals);
  const workplace = new Workplace(services, {
    id,
    scope: order.scope,
    earlier: totalsOf(job),
    keep,
  });
  try {
    if (isSyncOrder(order)) return await runSyncJob(store, id, order, workplace, options);
    const steps = stepsOf(order, workplace);
    return await runJob(store, id, { ...options, steps, clock, random });
  } finally {
    workplace.settle();
  }
}

function stepsOf(
  order: Exclude<FileOrder, SyncOrder>,
  workplace: Workplace,
): Record<string, StepHandler> {
  switch (order.kind) {
    case "scan":
      return scanSteps(order, workplace);
    case "hash":
      return hashSteps(order, workplace);
    case "chunk":
      return chunkSteps(order, workplace);
    case "verify":
      return verifySteps(order, workplace);
  }
}
