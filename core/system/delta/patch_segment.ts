/** Receiving one segment of a large file as a delta. */
import type { Executor } from "../executor.ts";
import type { Reception } from "../reception.ts";
import type { SegmentResult } from "../work/large.ts";
import { rangesOf, unplaced } from "../work/patch.ts";
import type { LargeReceipt } from "../work/receive_large.ts";
import { PACK_BOUNDS, type PackItem } from "../parcel/request.ts";
import { differs } from "../work/arriving.ts";
import type { MatchedChunks } from "./match.ts";

/**
 * Copies what the destination has, fetches the rest, and compares all of it with what the source
 * told. What turns out not to be there any more, or not what it was, is fetched as well.
 */
export async function patchSegment(
  reception: Reception,
  receipt: LargeReceipt,
  item: PackItem,
  chunks: MatchedChunks,
): Promise<SegmentResult> {
  const { executor } = reception;
  const lost = await executor.call("copySegmentChunks", receipt, chunks);
  let wanted = [...unplaced(chunks), ...lost].sort((a, b) => a - b);
  const fetched = new Set<number>();
  for (;;) {
    const isFirst = fetched.size === 0;
    await fill(reception, receipt, item, { chunks, wanted, isFirst });
    const { hash, bad } = await executor.call("checkSegmentChunks", receipt, chunks);
    for (const number of wanted) fetched.add(number);
    if (bad.length === 0) return resultOf(receipt, chunks, { fetched, hash });
    if (bad.some((number) => fetched.has(number))) throw differs(receipt.action.path);
    wanted = bad;
  }
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
  const length = chunks.lengths.reduce((sum, one) => sum + one, 0);
  return { bytes: 0, verified: length, resumed: length, hash };
}

async function fill(
  reception: Reception,
  receipt: LargeReceipt,
  item: PackItem,
  { chunks, wanted, isFirst }: { chunks: MatchedChunks; wanted: number[]; isFirst: boolean },
): Promise<void> {
  const ranges = rangesOf(chunks, wanted);
  for (let from = 0; from < ranges.length; from += PACK_BOUNDS.count) {
    const some = ranges.slice(from, from + PACK_BOUNDS.count);
    const work = reception.executor.open("fillSegment", receipt, some, isFirst);
    await reception.pour(some.map((range) => ({ ...item, ...range })), work);
  }
}

function resultOf(
  { options }: LargeReceipt,
  { lengths }: MatchedChunks,
  { fetched, hash }: { fetched: Set<number>; hash: string },
): SegmentResult {
  let bytes = 0, sent = 0;
  lengths.forEach((length, number) => {
    bytes += length;
    if (fetched.has(number)) sent += length;
  });
  return { bytes, verified: options.verify ? bytes : 0, matched: bytes - sent, hash };
}
