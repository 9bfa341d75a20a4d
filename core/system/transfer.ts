/**
 * The ways a batch gets from one system to another: within one executor (both ends on this
 * machine), or as streams through this thread (any two systems).
 */
import { equalBytes, openBlake3 } from "#core/hash/mod.ts";
import { OrbitError, toErrorData } from "#core/errors.ts";
import type { Executor } from "./executor.ts";
import { joinPath } from "./relative_path.ts";
import { changed } from "./work/copy.ts";
import { LARGE_BYTES, type LargeCopy } from "./work/large.ts";
import { stagedPath } from "./work/staging.ts";
import type {
  Action,
  ActionOptions,
  ActionResult,
  CopyAction,
  LargeCheckpoint,
  OrbitSystem,
  PlainAction,
  TransferOptions,
  TransferRequest,
} from "./system.ts";

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
    const done = await executor.call("transfer", { ...request, actions });
    small.forEach((index, k) => results[index] = done[k]);
    const moved = done.reduce((sum, r) => sum + r.bytes, 0);
    options.onBytes?.(moved, done.reduce((sum, r) => sum + r.verified, 0));
  }
  for (const index of large) {
    const action = request.actions[index] as CopyAction;
    results[index] = await settle(() => copyLarge(executor, request, action, index, options));
  }
  options.signal?.throwIfAborted();
  return results;
}

function bytesOf(actions: Action[]): number {
  return actions.reduce((sum, action) => sum + (action.kind === "copy" ? action.size : 0), 0);
}

async function settle(run: () => Promise<ActionResult>): Promise<ActionResult> {
  try {
    return await run();
  } catch (error) {
    return { bytes: 0, verified: 0, error: toErrorData(error) };
  }
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
    const place = { source: request.sources[action.source], base: request.base };
    const copy = await executor.call("beginLarge", place, action, request.options, checkpoint);
    try {
      const result = await copySegments(executor, copy, index, options);
      await executor.call("finishLarge", copy);
      return result;
    } catch (error) {
      const interrupted = options.signal?.aborted ?? false;
      if (!(interrupted && request.options.keepPartial)) await executor.call("abandonLarge", copy);
      checkpoint = undefined;
      const changing = error instanceof OrbitError && error.detail.errno === "ECHANGED";
      if (!changing || interrupted || tries === CHANGE_TRIES) throw error;
    }
  }
}

/** Copies all segments, as many at a time as the executor is wide. */
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
  const work = async () => {
    while (next < count) {
      const segment = next++;
      options.signal?.throwIfAborted();
      await options.pace?.(Math.min(checkpoint.segmentBytes, size));
      const done = await executor.call("copySegment", copy, segment);
      checkpoint.segments[segment] = done.hash;
      total.bytes += done.bytes;
      total.verified += done.verified;
      total.resumed! += done.resumed ?? 0;
      options.onBytes?.(done.bytes, done.verified);
      if (!copy.options.inplace) options.onCheckpoint?.(index, snapshot(checkpoint));
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

/** Carries out a batch between any two systems; content passes through this thread. */
export async function transferByStream(
  source: OrbitSystem,
  target: OrbitSystem,
  request: TransferRequest,
  options: TransferOptions,
): Promise<ActionResult[]> {
  const results: ActionResult[] = [];
  for (const action of request.actions) {
    options.signal?.throwIfAborted();
    if (action.kind === "copy") {
      results.push(await settle(() => copyByStream(source, target, request, action, options)));
    } else {
      results.push(await performOne(target, request, action, options));
    }
  }
  options.signal?.throwIfAborted();
  return results;
}

async function performOne(
  target: OrbitSystem,
  request: TransferRequest,
  action: PlainAction,
  options: TransferOptions,
): Promise<ActionResult> {
  const { signal } = options;
  const [result] = await target.perform(request.base, [action], request.options, { signal });
  return result;
}

async function copyByStream(
  source: OrbitSystem,
  target: OrbitSystem,
  request: TransferRequest,
  action: CopyAction,
  { signal, pace, onBytes }: TransferOptions,
): Promise<ActionResult> {
  if (request.options.inplace) {
    throw new OrbitError("unsupported", `copy to ${target.name}: --inplace needs a local copy`);
  }
  const path = joinPath(request.sources[action.source], action.sourcePath);
  const before = (await source.inspect(path, { signal })).entry;
  if (before === undefined) throw vanished(path);
  await pace?.(before.size);
  const staged = stagedPath(await openBlake3(), action.path, request.options.tag);
  const content = source.openStream(path, {}, { signal });
  const received = await target.stage(request.base, staged, content, request.options, { signal });
  try {
    const hash = before.size === 0
      ? received.hash
      : await source.calculateHash(path, 0, 0, { signal });
    const after = (await source.inspect(path, { signal })).entry;
    if (
      received.bytes !== before.size || after?.size !== before.size ||
      after.mtime !== before.mtime || after.mtimeNs !== before.mtimeNs
    ) throw changed(action.sourcePath);
    if (!equalBytes(hash, received.hash)) throw differs(action.path);
    const published = publishedAction(action, before, request.options);
    const result = await target.publish(request.base, staged, published, request.options, {
      signal,
    });
    onBytes?.(received.bytes, received.bytes);
    return { ...result, bytes: received.bytes, verified: received.bytes, size: before.size };
  } catch (error) {
    await target.discard(request.base, [staged]);
    throw error;
  }
}

function publishedAction(
  action: CopyAction,
  facts: { size: number; mtime: number; mtimeNs: number },
  options: ActionOptions,
): CopyAction {
  const { size, mtime, mtimeNs } = facts;
  const metadata = options.keepTimes ? { ...action.metadata, mtime, mtimeNs } : action.metadata;
  return { ...action, size, metadata };
}

function vanished(path: string): OrbitError {
  return new OrbitError("not_found", `copy ${JSON.stringify(path)}: no such file or directory`, {
    detail: { path, errno: "ENOENT", side: "source" },
  });
}

function differs(path: string): OrbitError {
  return new OrbitError(
    "corrupt",
    `copy ${JSON.stringify(path)}: what arrived is not what was sent`,
    {
      detail: { path, side: "destination", retryable: true },
    },
  );
}
