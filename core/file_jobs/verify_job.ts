/**
 * Comparing two trees, or two files: what one has and the other hasn't, as the plan of a sync by
 * size finds it, and every file that both have by hash. What differs is an item that failed.
 */
import { type ErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import { equalBytes, toHex } from "#core/hash/mod.ts";
import type {
  ClaimedItem,
  ItemOutcome,
  NewItem,
  NewStep,
  StepHandler,
} from "#core/magnetar/mod.ts";
import { defaultSyncOptions, type SyncOptions } from "#core/sync/options.ts";
import type { PlanItem } from "#core/sync/plan_item.ts";
import type { PlanSource } from "#core/sync/plan_state.ts";
import { Planner } from "#core/sync/planner.ts";
import { zeroTotals } from "#core/sync/totals.ts";
import type { CheckItem } from "#core/sync/verify_step.ts";
import type { HashResult, OrbitSystem } from "#core/system/system.ts";
import { TargetFinder } from "./file_items.ts";
import type { VerifyOrder } from "./order.ts";
import { PATIENCE, type Workplace } from "./patience.ts";
import { scanOf, type Target } from "./target.ts";

/** The result of an item whose file is the same on both sides. */
export interface VerifiedFile {
  hash: string;
  size: number;
}

/** What an item is about: a file that both have, or what is known already. */
type VerifyPayload = { sourcePath: string } | { difference: ErrorData };

const BATCH = { maxItems: 512, maxWeight: 256 * 1024 * 1024 };

export const verifyGraph: NewStep[] = [{ name: "compare", after: [] }];

export function verifySteps(
  order: VerifyOrder,
  workplace: Workplace,
): Record<string, StepHandler> {
  const source = new TargetFinder(order.source, workplace);
  const destination = new TargetFinder(order.destination, workplace);
  return {
    compare: {
      batch: BATCH,
      concurrency: 2,
      retry: PATIENCE,
      produce: ({ signal }) => compareTrees(order, source, destination, signal),
      process: (items, { signal }) => compareContent(order, items, source, destination, signal),
    },
  };
}

/** Joins both trees. Starts anew when one side goes away. */
function compareTrees(
  order: VerifyOrder,
  source: TargetFinder,
  destination: TargetFinder,
  signal: AbortSignal,
): AsyncGenerator<NewItem[]> {
  const { workplace } = source;
  return workplace.stream(order.source.starId, signal, async function* (ours) {
    const [from, to] = [await source.find(signal), await destination.find(signal)];
    const theirs = await workplace.on(
      order.destination.starId,
      signal,
      (system) => Promise.resolve(system),
    );
    yield* plan(order, [ours, from], [theirs, to], workplace, signal);
  });
}

async function* plan(
  order: VerifyOrder,
  [source, from]: [OrbitSystem, Target],
  [destination, to]: [OrbitSystem, Target],
  workplace: Workplace,
  signal: AbortSignal,
): AsyncGenerator<NewItem[]> {
  if ((from.file === undefined) !== (to.file === undefined)) {
    throw new OrbitError("invalid", "verify: one side is a file and the other a directory");
  }
  const files: CheckItem[] = [], troubles: NewItem[] = [];
  const features = await Promise.all([
    source.features({ signal }),
    destination.features({ signal }),
  ]);
  const planner = new Planner({
    source,
    destination,
    sources: [planSource(from, to)],
    base: to.base,
    baseExists: true,
    allFound: true,
    options: comparison(order, from.file !== undefined),
    timeStepNs: Math.max(...features.map(({ timeStepNs }) => timeStepNs)),
    privileged: true, // whatever there is must be there: nothing has to be made
    umask: 0,
    tag: "verify00",
    hasLeftovers: false,
    totals: zeroTotals(),
    onTrouble: (path, error) => void troubles.push(toDifference(path, error)),
    onNote: () => {},
    onFile: (file) => void files.push(file),
    signal,
  });
  for await (const items of planner.items()) {
    // A key that was given before is ignored: what differs in size needs no hash.
    const found = [
      ...troubles.splice(0),
      ...items.flatMap(differenceOf),
      ...files.splice(0).map(toItem),
    ];
    workplace.count(found.length, 0);
    yield found;
  }
  yield troubles;
}

function planSource({ base, file }: Target, to: Target): PlanSource {
  const { base: _, ...scan } = scanOf({ base, file });
  const rename = file === undefined ? undefined : { from: file, to: to.file! };
  return { base, scans: [scan], isRoot: file === undefined, rename };
}

/** Presence, types, links' targets and sizes; not what a copy elsewhere has good reason to change. */
function comparison({ filter, oneFileSystem }: VerifyOrder, isFile: boolean): SyncOptions {
  const options = defaultSyncOptions();
  const kept = { times: false, permissions: false, owner: false, group: false };
  return {
    ...options,
    preserve: { ...options.preserve, ...kept },
    compare: "size",
    delete: !isFile,
    maxDelete: { percent: 100 },
    verify: "none",
    dryRun: true,
    filter,
    oneFileSystem,
  };
}

function differenceOf({ line }: PlanItem): NewItem[] {
  if (line === undefined || line.kind === "skip") return [];
  const { path, kind, reason } = line;
  const what = kind === "delete"
    ? "only the destination has it"
    : reason === "new"
    ? "only the source has it"
    : reason;
  const text = `verify ${JSON.stringify(path)}: ${what}`;
  return [toDifference(path, toErrorData(new OrbitError("conflict", text, { detail: { path } })))];
}

function toDifference(path: string, difference: ErrorData): NewItem {
  return { key: path, payload: { difference } satisfies VerifyPayload, weight: 0 };
}

function toItem({ path, sourcePath, size }: CheckItem): NewItem {
  return { key: path, payload: { sourcePath } satisfies VerifyPayload, weight: size };
}

async function compareContent(
  order: VerifyOrder,
  items: readonly ClaimedItem[],
  source: TargetFinder,
  destination: TargetFinder,
  signal: AbortSignal,
): Promise<ItemOutcome[]> {
  const { workplace } = source;
  const outcomes: ItemOutcome[] = [];
  const files: { key: string; sourcePath: string }[] = [];
  for (const { key, payload } of items) {
    const known = payload as VerifyPayload;
    if ("sourcePath" in known) files.push({ key, sourcePath: known.sourcePath });
    else outcomes.push({ key, state: "failed", error: known.difference });
  }
  const onBytes = (bytes: number) => workplace.count(0, bytes);
  const hash = async (finder: TargetFinder, starId: string | undefined, paths: string[]) => {
    const { base } = await finder.find(signal);
    return await workplace.on(
      starId,
      signal,
      (system) => system.hashFiles(base, paths, { signal, onBytes }),
    );
  };
  const [ours, theirs] = await Promise.all([
    hash(source, order.source.starId, files.map(({ sourcePath }) => sourcePath)),
    hash(destination, order.destination.starId, files.map(({ key }) => key)),
  ]);
  files.forEach(({ key }, index) => outcomes.push(judge(key, ours[index], theirs[index])));
  return outcomes;
}

function judge(key: string, ours: HashResult, theirs: HashResult): ItemOutcome {
  const error = ours.error ?? theirs.error;
  if (error !== undefined) return { key, state: "failed", error };
  if (equalBytes(ours.hash!, theirs.hash!)) {
    const result: VerifiedFile = { hash: toHex(ours.hash!), size: ours.size };
    return { key, state: "done", result };
  }
  const text = `verify ${JSON.stringify(key)}: source and destination differ`;
  const differs = toErrorData(new OrbitError("corrupt", text, { detail: { path: key } }));
  return { key, state: "failed", error: differs };
}
