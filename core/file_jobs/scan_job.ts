/**
 * Listing a tree: one item for the directory itself and one for every few directories in it, so
 * that what was listed stays listed when the machine goes away. Entries are the items' outputs.
 */
import type { ErrorData } from "#core/errors.ts";
import type {
  ClaimedItem,
  ItemOutcome,
  NewItem,
  NewStep,
  StepContext,
  StepHandler,
} from "#core/magnetar/mod.ts";
import { NO_RETRY } from "#core/retry.ts";
import { FileType, type ScanBatch } from "#core/system/scan_batch.ts";
import type { ScanRequest } from "#core/system/system.ts";
import type { ScanOrder } from "./order.ts";
import { PATIENCE, type Workplace } from "./patience.ts";
import { findTarget, scanOf } from "./target.ts";

/** The result of an item. */
export interface ScannedTree {
  entries: number;
  files: number;
  /** Of the files' content. */
  bytes: number;
}

/** What is listed for an item. */
type Share = Pick<ScanRequest, "base" | "directories" | "names" | "recursive">;

/** The key of the item that lists the directory itself; no name is like it. */
const OWN_ENTRIES = ".";

/**
 * Directories in an item, about and at most: each item is a call to the machine, which costs more
 * than listing a directory does.
 */
const USUAL_SHARE = 16, LARGEST_SHARE = 64;

/** Deferred, so that what could not be listed is on record beside what could. */
const UNREADABLE = "unreadable";

export const scanGraph: NewStep[] = [
  { name: "scan", after: [] },
  { name: UNREADABLE, after: ["scan"] },
];

export function scanSteps(order: ScanOrder, workplace: Workplace): Record<string, StepHandler> {
  return {
    scan: {
      batch: { maxItems: 1, maxWeight: 1 },
      concurrency: 2,
      retry: PATIENCE,
      produce: ({ signal }) => shares(order, workplace, signal),
      process: async ([item], context) => [await scanShare(order, item, workplace, context)],
    },
    [UNREADABLE]: {
      batch: { maxItems: 1000, maxWeight: 0 },
      concurrency: 1,
      retry: NO_RETRY,
      process: (items) => Promise.resolve(items.map(toFailure)),
    },
  };
}

function toFailure({ key, payload }: ClaimedItem): ItemOutcome {
  return { key, state: "failed", error: payload as ErrorData };
}

/** Finds out what there is to share. */
function shares(
  order: ScanOrder,
  workplace: Workplace,
  signal: AbortSignal,
): AsyncGenerator<NewItem[]> {
  const { filter, oneFileSystem } = order;
  return workplace.stream(order.at.starId, signal, async function* (system) {
    const target = await findTarget(system, order.at.path, signal);
    const own = { ...scanOf(target), recursive: false };
    yield [toItem(OWN_ENTRIES, own)];
    if (target.file !== undefined) return;
    const { base } = target;
    const toShare = (directories: string[]) =>
      toItem(directories.at(-1)!, { base, directories, recursive: true });
    let directories: string[] = [];
    for await (const batch of system.scanTree({ ...own, filter, oneFileSystem }, { signal })) {
      const items: NewItem[] = [];
      for (const name of directoriesIn(batch)) {
        directories.push(name);
        if (!endsShare(name) && directories.length < LARGEST_SHARE) continue;
        items.push(toShare(directories));
        directories = [];
      }
      yield items;
    }
    if (directories.length > 0) yield [toShare(directories)];
  });
}

/** By the name alone, so that a list that is begun anew comes to the same shares. */
function endsShare(name: string): boolean {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash >>> 16) % USUAL_SHARE === 0;
}

function toItem(key: string, share: Share): NewItem {
  return { key, payload: share, weight: 0 };
}

function directoriesIn(batch: ScanBatch): string[] {
  const names: string[] = [];
  for (const { from, to } of batch.data.parts) {
    for (let row = from; row < to; row++) {
      if (batch.isType(row, FileType.directory)) names.push(batch.name(row));
    }
  }
  return names;
}

async function scanShare(
  order: ScanOrder,
  item: ClaimedItem,
  workplace: Workplace,
  context: StepContext,
): Promise<ItemOutcome> {
  const { filter, oneFileSystem } = order;
  const { signal } = context;
  const request = { ...item.payload as Share, filter, oneFileSystem };
  const result = await workplace.on(order.at.starId, signal, async (system) => {
    const total: ScannedTree = { entries: 0, files: 0, bytes: 0 };
    for await (const batch of system.scanTree(request, { signal })) {
      context.output(item.key, workplace.services.encodeScan(batch.data));
      const { entries } = add(total, batch);
      workplace.count(entries, 0);
      context.defer(
        UNREADABLE,
        batch.data.troubles.map(({ path, error }) => ({
          key: path,
          payload: error,
          weight: 0,
        })),
      );
    }
    return total;
  });
  return { key: item.key, state: "done", result };
}

function add(total: ScannedTree, batch: ScanBatch): { entries: number } {
  const before = total.entries;
  for (const { from, to } of batch.data.parts) {
    for (let row = from; row < to; row++) {
      total.entries++;
      if (!batch.isType(row, FileType.file)) continue;
      total.files++;
      total.bytes += batch.size(row);
    }
  }
  return { entries: total.entries - before };
}
