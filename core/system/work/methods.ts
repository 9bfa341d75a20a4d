/** The table of all file work: what an executor can be asked to do. */
import type { WorkContext } from "./context.ts";
import { abandonLarge, beginLarge, copySegment, finishLarge } from "./large.ts";
import { perform, transfer } from "./perform.ts";
import {
  calculateHash,
  chunkFileBridge,
  chunkFileSegment,
  hashFiles,
  inspect,
  readHeader,
  readHeaders,
  readRange,
} from "./read.ts";
import { pack } from "./pack.ts";
import {
  abandonReceipt,
  beginReceipt,
  finishReceipt,
  recallSegment,
  receiveSegment,
} from "./receive_large.ts";
import { findBases } from "./find_bases.ts";
import { patch } from "./patch_small.ts";
import { checkSegmentChunks, copySegmentChunks, fillSegment } from "./patch_large.ts";
import { placeChunks } from "./place_chunks.ts";
import { scan } from "./scan.ts";
import { unpack } from "./unpack.ts";

/** Work that is asked for and answered once. */
export const CALLS = {
  features: (context: WorkContext) => context.disk.features,
  inspect,
  readHeader,
  readHeaders,
  calculateHash,
  hashFiles,
  chunkFileSegment,
  chunkFileBridge,
  perform,
  transfer,
  beginLarge,
  copySegment,
  finishLarge,
  abandonLarge,
  beginReceipt,
  recallSegment,
  finishReceipt,
  abandonReceipt,
  findBases,
  placeChunks,
  copySegmentChunks,
  checkSegmentChunks,
} as const;

/** Work that goes on over several requests, one step of a generator each. */
export const STREAMS = {
  scan,
  readRange,
  pack,
  unpack,
  receiveSegment,
  fillSegment,
  patch,
} as const;

/** Runs a call, confined to a scope if there is one, and closes the trees it opened. */
export function runCall(
  context: WorkContext,
  name: CallName,
  args: unknown[],
  scope?: readonly string[],
): unknown {
  if (scope !== undefined) {
    using confined = context.within(scope);
    return runCall(confined, name, args);
  }
  const run = CALLS[name] as (context: WorkContext, ...args: unknown[]) => unknown;
  try {
    return run(context, ...args);
  } finally {
    context.closeTrees();
  }
}

/** Starts work of several steps, confined as a call; nothing is opened before the first. */
export function startStream(
  context: WorkContext,
  name: StreamName,
  args: unknown[],
  scope?: readonly string[],
): Generator {
  if (scope !== undefined) return startConfined(context, name, args, scope);
  const run = STREAMS[name] as (context: WorkContext, ...args: unknown[]) => Generator;
  return run(context, ...args);
}

function* startConfined(
  context: WorkContext,
  name: StreamName,
  args: unknown[],
  scope: readonly string[],
): Generator {
  using confined = context.within(scope);
  return yield* startStream(confined, name, args);
}

/** Streams that are done with a step's input when the step is done. */
export const READERS: ReadonlySet<StreamName> = new Set([
  "unpack",
  "receiveSegment",
  "fillSegment",
  "patch",
]);

/** Work that never hashes content, and so needn't wait for the hash to be loaded. */
export const HASHLESS: ReadonlySet<CallName | StreamName> = new Set([
  "features",
  "inspect",
  "readHeader",
  "readHeaders",
  "scan",
  "readRange",
  "perform",
  "transfer",
  "abandonReceipt",
  "findBases",
]);

export type CallName = keyof typeof CALLS;
export type StreamName = keyof typeof STREAMS;

type WithoutContext<F> = F extends (context: WorkContext, ...args: infer A) => unknown ? A : never;

/** Arguments of a call or stream, without the context. */
export type CallArguments<N extends CallName> = WithoutContext<(typeof CALLS)[N]>;
export type CallResult<N extends CallName> = ReturnType<(typeof CALLS)[N]>;
export type StreamArguments<N extends StreamName> = WithoutContext<(typeof STREAMS)[N]>;
type StreamOf<N extends StreamName> = ReturnType<(typeof STREAMS)[N]>;
export type StreamOut<N extends StreamName> = StreamOf<N> extends Generator<infer T, unknown, never>
  ? T
  : never;
export type StreamReturn<N extends StreamName> = StreamOf<N> extends
  Generator<unknown, infer R, never> ? R : never;
