/** The steps of a sync job: how its items come to be and how they are carried out. */
import { OrbitError } from "#core/errors.ts";
import { NO_RETRY, type RetryPolicy } from "#core/retry.ts";
import type {
  ClaimedItem,
  ItemOutcome,
  NewItem,
  NewStep,
  StepContext,
  StepHandler,
} from "#core/magnetar/mod.ts";
import { LARGE_BYTES } from "#core/system/work/large.ts";
import { joinPath } from "#core/system/relative_path.ts";
import { stagedPath } from "#core/system/work/staging.ts";
import type { ActionOptions, ActionResult, OrbitSystem } from "#core/system/system.ts";
import { deleteBatch } from "./delete_batch.ts";
import type { DeletionGuard } from "./deletion_guard.ts";
import { doneOutcome } from "./done_outcome.ts";
import { type BatchHandler, failingByName, type Process, tellFailure } from "./failed_items.ts";
import { isNoRoom, nameTrouble } from "./item_trouble.ts";
import { Lead } from "./lead.ts";
import { copyInstead, isUnmoved } from "./copy_instead.ts";
import { fromPayload, type SyncPayload, toPayload } from "./payload.ts";
import type { Planner } from "./planner.ts";
import { toNewItem } from "./new_item.ts";
import type { PlanItem, SyncStep } from "./plan_item.ts";
import { recoverBatches } from "./recovery.ts";
import type { SyncOptions } from "./options.ts";
import { type Removal, removalAfter } from "./removal.ts";
import { createRemoveSteps, deferRemovals } from "./remove_steps.ts";
import type { Reporter } from "./reporter.ts";
import { sendBatch } from "./send_batch.ts";
import { type CheckItem, createVerifyStep } from "./verify_step.ts";

/** What the steps work with. */
export interface StepServices {
  source: OrbitSystem;
  destination: OrbitSystem;
  sources: string[];
  base: string;
  planner: Planner;
  guard: DeletionGuard;
  reporter: Reporter;
  actionOptions: ActionOptions;
  pace?: (bytes: number) => Promise<void>;
  /** What `pace` keeps to, for batches that go on while this machine is away. */
  bytesPerSecond?: number;
  bandwidth?: string;
  /** Whether batches go on elsewhere when they are given up for this reason. */
  goesOn?: (reason: unknown) => boolean;
  /** Is told of bytes that an earlier attempt brought and that need not be brought again. */
  onKept?: (bytes: number) => void;
  /** Batches carried out at the same time. */
  width: number;
  /** Items of a batch at most; 128 when absent. */
  batchItems?: number;
  /** Regular files seen since the last call, when a later step wants them all. */
  takeFiles?: () => CheckItem[];
  /** What the destination has already, since the last call; present when the source is emptied. */
  takeThere?: () => Removal[];
  /** Compare the whole of both trees by content. */
  verifyAll: boolean;
  /** Hash the whole destination, for a manifest whose names begin with the folder's, if any. */
  manifest?: { folder: string };
}

/** A little patience for what may pass: a source that changes, a worker that died. */
const SYNC_RETRY: RetryPolicy = { maxAttempts: 3, firstDelayMs: 200, factor: 2, maxDelayMs: 1000 };

/** Bytes and files of a batch: small enough to stop soon, large enough to be worth a message. */
const BATCH = { maxItems: 128, maxWeight: 8 * 1024 * 1024 };

/** Planned items that wait to be carried out at most; as many as are kept in memory. */
export const MAX_LEAD = 65_536;

/** The graph of a sync job. */
export function syncStepGraph({ removeSource }: Pick<SyncOptions, "removeSource">): NewStep[] {
  const names = ["transfer", "links", "delete", "late", "cleanup", "finish", "verify", "manifest"];
  if (removeSource !== undefined) names.push("remove", "prune");
  return names.map((name, index) => ({ name, after: index === 0 ? [] : [names[index - 1]] }));
}

/** The handlers of a sync job. */
export function createSyncSteps(services: StepServices): Record<string, StepHandler> {
  // Every attempt plans anew, so that what an earlier one deferred (a deletion, say, of what the
  // source has again) is done only if the new plan wants it too.
  const one = { batch: BATCH, concurrency: 1, retry: NO_RETRY, replan: true };
  const batch = { ...BATCH, maxItems: services.batchItems ?? BATCH.maxItems };
  const many = { batch, concurrency: services.width, retry: SYNC_RETRY, replan: true };
  const unmoved = new Set<string>();
  const carryOut = (retry: RetryPolicy): Process => (items, context) =>
    carryOutBatch({ ...services, retry, unmoved }, items, context);
  const retrying = carryOut(many.retry), once = carryOut(one.retry);
  const lead = new Lead(MAX_LEAD);
  const steps: Record<string, BatchHandler> = {
    transfer: {
      ...many,
      distinct: true, // the planner visits every name once
      recover: services.destination.claim === undefined
        ? undefined
        : (context, find) => recoverBatches(services, context, find),
      produce: (context) => produce(services, context, lead),
      process: async (items, context) => {
        lead.begin();
        try {
          return await retrying(items, context);
        } finally {
          lead.end(items.filter((item) => item.failures === 0).length);
        }
      },
    },
    links: { ...many, process: retrying },
    delete: { ...one, process: (items, context) => deleteBatch(services, once, items, context) },
    // One by one: what is put off for want of room mustn't take it from one another.
    late: { ...many, concurrency: 1, process: retrying },
    cleanup: { ...one, process: once },
    finish: { ...one, process: once },
    verify: createVerifyStep(services, "compare"),
    manifest: createVerifyStep(services, "record"),
    ...createRemoveSteps(services, SYNC_RETRY),
  };
  const named = Object.entries(steps).map(([name, step]) =>
    [name, failingByName(step, services.reporter)] as const
  );
  return Object.fromEntries(named);
}

/** Plans, makes directories as it goes, and sorts everything else into its step. */
async function* produce(
  services: StepServices,
  context: StepContext,
  lead: Lead,
): AsyncGenerator<NewItem[]> {
  for await (const items of services.planner.items()) {
    context.signal.throwIfAborted();
    const deferred = new Map<SyncStep, NewItem[]>();
    const now: NewItem[] = [];
    const directories: PlanItem[] = [];
    for (const item of items) {
      if (item.step === "directories") directories.push(item);
      else if (item.step === "transfer") now.push(toNewItem(item));
      else {
        const list = deferred.get(item.step);
        if (list) list.push(toNewItem(item));
        else deferred.set(item.step, [toNewItem(item)]);
      }
    }
    const failed = await makeDirectories(services, directories, context.signal);
    for (const [step, list] of deferred) {
      context.defer(step, failed.size === 0 ? list : list.filter(({ key }) => !failed.has(key)));
    }
    deferChecks(services, context);
    deferRemovals(services.takeThere?.() ?? [], context);
    services.reporter.progress();
    if (now.length === 0) continue;
    lead.planned(now.length);
    yield now;
    await lead.room(context.signal);
  }
}

function deferChecks(services: StepServices, context: StepContext): void {
  const files = services.takeFiles?.() ?? [];
  if (files.length === 0) return;
  const items = (folder: string) =>
    files.map((file) => {
      return { key: joinPath(folder, file.path), payload: file, weight: file.size };
    });
  if (services.verifyAll) context.defer("verify", items(""));
  if (services.manifest) context.defer("manifest", items(services.manifest.folder));
}

/** Makes planned directories at once: what goes into them follows. Returns those that failed. */
async function makeDirectories(
  services: StepServices,
  items: PlanItem[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const failed = new Set<string>();
  if (items.length === 0) return failed;
  const { destination, base, actionOptions, planner, reporter } = services;
  const actions = items.map((item) => item.action).filter((action) => action.kind === "directory");
  const results = await again(signal, () => destination.perform(base, actions, actionOptions));
  results.forEach((result, index) => {
    const { path } = items[index].action;
    if (result.error === undefined) return reporter.done(items[index].line, result);
    signal.throwIfAborted(); // what was cancelled is no trouble
    reporter.trouble(path, nameTrouble(result.error, path, base));
    planner.skipContents(path);
    failed.add(path);
  });
  return failed;
}

/**
 * Repeats what fails as a whole for a reason that passes, such as a worker that died and was
 * replaced: items have their own retries, directories are made before there are any.
 */
async function again<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await run();
    } catch (error) {
      signal.throwIfAborted();
      const passes = error instanceof OrbitError && error.detail.retryable === true;
      if (!passes || tries === SYNC_RETRY.maxAttempts) throw error;
    }
  }
}

/** What carries a batch out. */
export interface Carrying extends StepServices {
  retry: RetryPolicy;
  /** Paths of renames that turned out not to be possible: what is done instead counts once. */
  unmoved: Set<string>;
}

async function carryOutBatch(
  services: Carrying,
  items: readonly ClaimedItem[],
  context: StepContext,
): Promise<ItemOutcome[]> {
  const payloads = items.map((item) => fromPayload(item.key, item.payload));
  const results = await sendBatch(services, items, payloads, context);
  const unmoved = items.flatMap((_, at) => isUnmoved(payloads[at], results[at]) ? [at] : []);
  if (unmoved.length > 0) {
    for (const at of unmoved) payloads[at] = copyInstead(payloads[at], services, context);
    const pick = <T>(list: readonly T[]) => unmoved.map((at) => list[at]);
    const copied = await sendBatch(services, pick(items), pick(payloads), context);
    unmoved.forEach((at, k) => results[at] = copied[k]);
  }
  const outcomes = items.map((item, index) =>
    toOutcome(services, context, item, payloads[index], results[index])
  );
  if (services.takeThere !== undefined) {
    const arrived = payloads.filter((_, index) => outcomes[index].state === "done");
    deferRemovals(arrived.flatMap((payload) => removalAfter(payload) ?? []), context);
  }
  return outcomes;
}

function toOutcome(
  { reporter, base, onKept, actionOptions, retry }: Carrying,
  context: StepContext,
  item: ClaimedItem,
  payload: SyncPayload,
  result: ActionResult,
): ItemOutcome {
  const { key } = item;
  reporter.unfinished.delete(key);
  const error = result.error && nameTrouble(result.error, key, base);
  if (error === undefined) {
    reporter.done(payload.line, result);
    // What this attempt brought itself was told as it moved.
    if (item.failures === 0) onKept?.(result.resumed ?? 0);
    return doneOutcome(key, result);
  }
  if (error.detail.errno === "ENOENT" && error.detail.side === "source") {
    reporter.vanished(key, error);
    return { key, state: "skipped", reason: "vanished" };
  }
  if (payload.action.kind === "delete" && error.detail.errno === "ENOTEMPTY") {
    // What is in it was kept on purpose (filters, backups), or has its own trouble.
    const reason = `keeping directory ${JSON.stringify(key)}: not empty`;
    reporter.note(reason);
    reporter.totals.skipped++;
    return { key, state: "skipped", reason };
  }
  if (context.step === "transfer" && isNoRoom(error)) {
    // Other files that were being staged, or are still to be deleted, may have had the room.
    reporter.emit({ type: "trouble", path: key, error, willRetry: true });
    const weight = payload.action.kind === "copy" ? payload.action.size : 0;
    context.defer("late", [{ key, payload: toPayload(payload), weight }]);
    return { key, state: "skipped", reason: "put off: there was no room" };
  }
  const willRetry = tellFailure(reporter, retry, item, error);
  if (!willRetry) discardPartial(actionOptions, payload, context);
  return { key, state: "failed", error };
}

/** What is there of a file that isn't tried again is of no more use to anybody. */
function discardPartial(
  { keepPartial, tag, partialDirectory }: ActionOptions,
  { action }: SyncPayload,
  context: StepContext,
): void {
  if (action.kind !== "copy" || action.size < LARGE_BYTES || !keepPartial) return;
  const path = stagedPath(action.path, tag, partialDirectory);
  const leftover: PlanItem["action"] = { kind: "delete", path, directory: false };
  context.defer("cleanup", [{ key: path, payload: { action: leftover }, weight: 0 }]);
}
