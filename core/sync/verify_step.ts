/** Reading both trees again: every file compared by content, or the destination's hashes kept. */
import { equalBytes, toHex } from "#core/hash/mod.ts";
import { type ErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import type { ClaimedItem, ItemOutcome, StepContext } from "#core/magnetar/mod.ts";
import { NO_RETRY } from "#core/retry.ts";
import type { HashResult } from "#core/system/system.ts";
import type { BatchHandler } from "./failed_items.ts";
import type { StepServices } from "./steps.ts";

/** A regular file of the source, and what it is called at the destination. */
export interface CheckItem {
  path: string;
  source: number;
  sourcePath: string;
  size: number;
}

/** Bounds of a batch; hashing is cut up further below. */
const BATCH = { maxItems: 256, maxWeight: 256 * 1024 * 1024 };

/**
 * A step over all files of the source.
 * @param mode `compare` fails files whose contents differ; `record` keeps the destination's hash
 *   as the item's result, `{ hash }` in lower hex.
 */
export function createVerifyStep(
  services: StepServices,
  mode: "compare" | "record",
): BatchHandler {
  return {
    batch: BATCH,
    concurrency: 1,
    retry: NO_RETRY,
    replan: true,
    process: (items, context) => processBatch(services, mode, items, context),
  };
}

async function processBatch(
  services: StepServices,
  mode: "compare" | "record",
  items: readonly ClaimedItem[],
  context: StepContext,
): Promise<ItemOutcome[]> {
  const { destination, base, reporter } = services;
  const files = items.map((item) => item.payload as CheckItem);
  reporter.progress(files[0].path);
  const options = { signal: context.signal, onBytes: () => reporter.progress() };
  const [theirs, ours] = await Promise.all([
    destination.hashFiles(base, files.map((file) => file.path), options),
    mode === "compare" ? hashSources(services, files, context.signal) : undefined,
  ]);
  return items.map(({ key }, index) => {
    const there = theirs[index];
    const error = there.error ?? (ours && difference(key, ours[index], there));
    if (error !== undefined) {
      reporter.trouble(key, error);
      return { key, state: "failed", error };
    }
    if (mode === "compare") reporter.totals.verifiedBytes += there.size;
    return { key, state: "done", result: { hash: toHex(there.hash!), size: there.size } };
  });
}

async function hashSources(
  { source, sources, reporter }: StepServices,
  files: CheckItem[],
  signal: AbortSignal,
): Promise<HashResult[]> {
  const results: HashResult[] = new Array(files.length);
  for (let index = 0; index < sources.length; index++) {
    const mine = files.flatMap((file, at) => file.source === index ? [at] : []);
    if (mine.length === 0) continue;
    const paths = mine.map((at) => files[at].sourcePath);
    const options = { signal, onBytes: () => reporter.progress() };
    const hashes = await source.hashFiles(sources[index], paths, options);
    mine.forEach((at, k) => results[at] = hashes[k]);
  }
  return results;
}

function difference(path: string, ours: HashResult, theirs: HashResult): ErrorData | undefined {
  if (ours.error !== undefined) return ours.error;
  if (equalBytes(ours.hash!, theirs.hash!)) return undefined;
  const text = `verify ${JSON.stringify(path)}: source and destination differ`;
  return toErrorData(new OrbitError("corrupt", text, { detail: { path } }));
}
