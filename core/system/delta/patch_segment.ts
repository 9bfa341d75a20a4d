/** Receiving one segment of a large file of which the chunks are known. */
import { HASH_BYTES } from "#core/hash/mod.ts";
import type { Executor } from "../executor.ts";
import { PACK_BOUNDS, type PackItem } from "../parcel/request.ts";
import type { Reception } from "../reception.ts";
import { differs } from "../work/arriving.ts";
import type { SegmentResult } from "../work/large.ts";
import { rangesOf, unplaced } from "../work/patch.ts";
import type { LargeReceipt } from "../work/receive_large.ts";
import type { MatchedChunks } from "./match.ts";
import type { Nearby } from "./nearby.ts";
import { deltaParameters } from "./parameters.ts";

/** What a segment is made with. */
export interface SegmentParts {
  reception: Reception;
  receipt: LargeReceipt;
  /** The file at the source. */
  item: PackItem;
  /** Who may hold chunks near here. */
  nearby: Nearby;
}

/**
 * Copies what the destination has, fetches the rest from whoever is nearest, and compares all of
 * it with what the source told. What isn't where it was taken for is looked for once more, then
 * fetched from the source.
 */
export async function patchSegment(
  parts: SegmentParts,
  chunks: MatchedChunks,
): Promise<SegmentResult> {
  const { reception: { executor }, receipt, nearby } = parts;
  const lost = await executor.call("copySegmentChunks", receipt, chunks);
  const found = await copyAgain(executor, receipt, chunks, lost);
  const missing = [...unplaced(chunks), ...lost.filter((number) => !found.has(number))];
  missing.sort((a, b) => a - b);
  const taken = await nearby.take(parts, chunks, { missing, isEmpty: lost.length === 0 });
  const wanted = missing.filter((number) => !taken.all.has(number));
  const isEmpty = lost.length === 0 && taken.isClean;
  await fill(parts, { chunks, wanted, isEmpty });
  const { hash, bad } = await executor.call("checkSegmentChunks", receipt, chunks, wanted);
  if (bad.length > 0) throw differs(receipt.action.path);
  const bytes = sum(chunks.lengths);
  const fetched = missing.filter((number) => !taken.here.has(number));
  const sent = fetched.reduce((total, number) => total + chunks.lengths[number], 0);
  return { bytes, verified: receipt.options.verify ? bytes : 0, matched: bytes - sent, hash };
}

/** Looks for chunks that weren't where they were taken for; those that are in place then. */
async function copyAgain(
  executor: Executor,
  receipt: LargeReceipt,
  chunks: MatchedChunks,
  lost: readonly number[],
): Promise<Set<number>> {
  if (lost.length === 0) return new Set();
  const again = await placeAgain(executor, receipt, chunks, lost);
  const lostAgain = new Set(await executor.call("copySegmentChunks", receipt, again));
  return new Set(
    lost.filter((number) => again.places[number] !== -1 && !lostAgain.has(number)),
  );
}

/** Looks for these chunks, each by itself; no other has a place then. */
async function placeAgain(
  executor: Executor,
  { base, action: { path }, file: { size } }: LargeReceipt,
  chunks: MatchedChunks,
  numbers: readonly number[],
): Promise<MatchedChunks> {
  const places = new Float64Array(chunks.places.length).fill(-1);
  const hints = { parameters: deltaParameters(size), shift: shiftOf(chunks), stride: 1 };
  const found = await executor.call("placeChunks", { base, path }, chunks, hints);
  for (const number of numbers) places[number] = found.places[number];
  return { ...chunks, places };
}

/** By how many bytes the first of the chunks that have a place has moved. */
function shiftOf({ offset, lengths, places }: MatchedChunks): number {
  for (let number = 0, at = offset; number < places.length; at += lengths[number++]) {
    if (places[number] !== -1) return places[number] - at;
  }
  return 0;
}

/** What an earlier attempt made of a segment; undefined when it isn't there, or is of other chunks. */
export async function recallPatched(
  executor: Executor,
  receipt: LargeReceipt,
  chunks: MatchedChunks,
  known: string,
): Promise<SegmentResult | undefined> {
  const { hash, bad } = await executor.call("checkSegmentChunks", receipt, chunks);
  if (hash !== known || bad.length > 0) return undefined;
  const length = sum(chunks.lengths);
  return { bytes: 0, verified: length, resumed: length, hash };
}

async function fill(
  { reception, receipt, item }: SegmentParts,
  { chunks, wanted, isEmpty }: { chunks: MatchedChunks; wanted: number[]; isEmpty: boolean },
): Promise<void> {
  const ranges = rangesOf(chunks, wanted);
  const how = { isEmpty, isSource: true };
  for (let from = 0; from < ranges.length; from += PACK_BOUNDS.count) {
    const some = ranges.slice(from, from + PACK_BOUNDS.count);
    const work = reception.executor.open("fillSegment", receipt, some, how);
    await reception.pour(some.map((range) => ({ ...item, ...range })), work);
  }
}

function sum(lengths: Uint32Array): number {
  return lengths.reduce((total, length) => total + length, 0);
}

/** The hashes of some chunks, one after the other. */
export function hashesOf({ hashes }: MatchedChunks, numbers: readonly number[]): Uint8Array {
  const some = new Uint8Array(numbers.length * HASH_BYTES);
  numbers.forEach((number, i) => {
    some.set(hashes.subarray(number * HASH_BYTES, (number + 1) * HASH_BYTES), i * HASH_BYTES);
  });
  return some;
}
