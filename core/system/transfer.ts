/** Carrying out a batch whose two ends are on one machine, in its file workers. */
import { OrbitError } from "#core/errors.ts";
import type { Executor } from "./executor.ts";
import { packTransfer, unpackResults } from "./packed_transfer.ts";
import type {
  Action,
  ActionResult,
  CopyAction,
  LargeCheckpoint,
  TransferOptions,
  TransferRequest,
} from "./system.ts";
import { settle } from "./settle.ts";
import { LARGE_BYTES, type LargeCopy } from "./work/large.ts";

/** How often a large file that changes while it is copied is started again. */
const CHANGE_TRIES = 3;

/** Carries out a batch whose two ends are both reached by `executor`. */
export async function transferWithin(
  executor: Executor,
  request: TransferRequest,
  options: TransferOptions,
): Promise<ActionResult[]> {
  options.signal?.throwIfAborted();
  const results: ActionResult[] = new Array(request.actions.length);
  const small: number[] = [];
  const large: number[] = [];
  request.actions.forEach((action, index) => {
    const isLarge = action.kind === "copy" && action.size >= LARGE_BYTES;
    (isLarge ? large : small).push(index);
  });
  if (small.length > 0) {
    const actions = small.map((index) => request.actions[index]);
    await options.pace?.(bytesOf(actions));
    const done = unpackResults(
      await executor.call("transfer", packTransfer({ ...request, actions })),
    );
    small.forEach((index, k) => results[index] = done[k]);
    const moved = done.reduce((sum, r) => sum + r.bytes, 0);
    options.onBytes?.(moved, done.reduce((sum, r) => sum + r.verified, 0));
  }
  for (const index of large) {
    const action = request.actions[index] as CopyAction;
    results[index] = await settle(
      options.signal,
      () => copyLarge(executor, request, action, index, options),
    );
  }
  options.signal?.throwIfAborted();
  return results;
}

function bytesOf(actions: Action[]): number {
  return actions.reduce((sum, action) => sum + (action.kind === "copy" ? action.size : 0), 0);
}

async function copyLarge(
  executor: Executor,
  request: TransferRequest,
  action: CopyAction,
  index: number,
  options: TransferOptions,
): Promise<ActionResult> {
  let checkpoint = options.checkpoints?.get(index);
  for (let tries = 1;; tries++) {
    options.signal?.throwIfAborted();
    const place = { source: request.sources[action.source], base: request.base };
    const copy = await executor.call("beginLarge", place, action, request.options, checkpoint);
    try {
      const result = await copySegments(executor, copy, index, options);
      await executor.call("finishLarge", copy);
      return result;
    } catch (error) {
      const interrupted = options.signal?.aborted ?? false;
      if (!(interrupted && request.options.keepPartial)) await abandon(executor, copy);
      checkpoint = undefined;
      const changing = error instanceof OrbitError && error.detail.errno === "ECHANGED";
      if (!changing || interrupted || tries === CHANGE_TRIES) throw error;
    }
  }
}

/** Removes the staged file on the way out of an error, whose cause matters more. */
async function abandon(executor: Executor, copy: LargeCopy): Promise<void> {
  try {
    await executor.call("abandonLarge", copy);
  } catch {
    // A leftover is removed by the next run; the error that led here is the one to report.
  }
}

/** Copies all segments, as many at a time as the executor is wide, until one fails. */
async function copySegments(
  executor: Executor,
  copy: LargeCopy,
  index: number,
  options: TransferOptions,
): Promise<ActionResult> {
  const { checkpoint, size } = copy;
  const total: ActionResult = { bytes: 0, verified: 0, resumed: 0, size };
  const count = Math.ceil(size / checkpoint.segmentBytes);
  let next = 0;
  const copyNext = async () => {
    const segment = next++;
    options.signal?.throwIfAborted();
    const offset = segment * checkpoint.segmentBytes;
    await options.pace?.(Math.min(checkpoint.segmentBytes, size - offset));
    const done = await executor.call("copySegment", copy, segment);
    checkpoint.segments[segment] = done.hash;
    total.bytes += done.bytes;
    total.verified += done.verified;
    total.resumed! += done.resumed ?? 0;
    options.onBytes?.(done.bytes, done.verified);
    if (!copy.inPlace) options.onCheckpoint?.(index, snapshot(checkpoint));
  };
  const work = async () => {
    try {
      while (next < count) await copyNext();
    } finally {
      next = count; // after a failure the others only end what they are at
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: executor.width }, work));
  const failed = lanes.find((lane) => lane.status === "rejected");
  if (failed) throw failed.reason;
  return total;
}

function snapshot(checkpoint: LargeCheckpoint): LargeCheckpoint {
  return { ...checkpoint, segments: { ...checkpoint.segments } };
}
