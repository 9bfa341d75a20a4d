/** Hashing every file of a place: one item a file, its hash the item's result. */
import { toHex } from "#core/hash/mod.ts";
import type { ItemOutcome, NewStep, StepHandler } from "#core/magnetar/mod.ts";
import { fileItems, splitItems, TargetFinder } from "./file_items.ts";
import type { HashOrder } from "./order.ts";
import { PATIENCE, type Workplace } from "./patience.ts";

/** The result of an item: BLAKE3 in lower hex, and the bytes that were hashed. */
export interface HashedFile {
  hash: string;
  size: number;
}

const BATCH = { maxItems: 512, maxWeight: 256 * 1024 * 1024 };

export const hashGraph: NewStep[] = [{ name: "hash", after: [] }];

export function hashSteps(order: HashOrder, workplace: Workplace): Record<string, StepHandler> {
  const { starId } = order.at;
  const target = new TargetFinder(order.at, workplace);
  return {
    hash: {
      batch: BATCH,
      concurrency: 2,
      retry: PATIENCE,
      produce: ({ signal }) => fileItems(order.at, order, workplace, signal),
      process: async (items, { signal }) => {
        const { files, outcomes } = splitItems(items);
        const { base } = await target.find(signal);
        const paths = files.map(({ key }) => key);
        const onBytes = (bytes: number) => workplace.count(0, bytes);
        const results = await workplace.on(
          starId,
          signal,
          (system) => system.hashFiles(base, paths, { signal, onBytes }),
        );
        results.forEach(({ hash, size, error }, index): void => {
          const key = paths[index];
          const outcome: ItemOutcome = error === undefined
            ? { key, state: "done", result: { hash: toHex(hash!), size } satisfies HashedFile }
            : { key, state: "failed", error };
          outcomes.push(outcome);
        });
        return outcomes;
      },
    },
  };
}
