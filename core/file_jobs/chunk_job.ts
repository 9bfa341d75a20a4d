/** Cutting every file of a place into chunks: one item a file, its chunks the item's outputs. */
import { type ChunkList, chunksOf, endOf } from "#core/cdc/mod.ts";
import { HASH_BYTES, toHex } from "#core/hash/mod.ts";
import { OrbitError, toErrorData } from "#core/errors.ts";
import type { ItemOutcome, NewStep, StepContext, StepHandler } from "#core/magnetar/mod.ts";
import { joinPath } from "#core/system/relative_path.ts";
import { fileItems, splitItems, TargetFinder } from "./file_items.ts";
import type { ChunkOrder } from "./order.ts";
import { isAway, PATIENCE, type Workplace } from "./patience.ts";

/** The result of an item. */
export interface ChunkedFile {
  size: number;
  chunks: number;
}

/** A chunk as an output tells it. */
export interface StoredChunk {
  offset: number;
  length: number;
  /** BLAKE3 in lower hex. */
  hash: string;
}

const BATCH = { maxItems: 32, maxWeight: 256 * 1024 * 1024 };

export const chunkGraph: NewStep[] = [{ name: "chunk", after: [] }];

export function chunkSteps(order: ChunkOrder, workplace: Workplace): Record<string, StepHandler> {
  const target = new TargetFinder(order.at, workplace);
  return {
    chunk: {
      batch: BATCH,
      concurrency: 2,
      retry: PATIENCE,
      produce: ({ signal }) => fileItems(order.at, order, workplace, signal),
      process: async function* (items, context) {
        const { files, outcomes } = splitItems(items);
        yield outcomes;
        const { base } = await target.find(context.signal);
        for (const { key } of files) yield await chunkOne(order, base, key, workplace, context);
      },
    },
  };
}

async function chunkOne(
  order: ChunkOrder,
  base: string,
  key: string,
  workplace: Workplace,
  context: StepContext,
): Promise<ItemOutcome> {
  const { signal } = context;
  try {
    const lists = await workplace.on(order.at.starId, signal, async (system) => {
      const lists: ChunkList[] = [];
      const path = joinPath(base === "/" ? "" : base, key);
      for await (const list of system.chunkFile(path, order.parameters, { signal })) {
        workplace.count(0, endOf(list) - list.offset);
        lists.push(list);
      }
      return lists;
    });
    for (const list of lists) context.output(key, packChunks(list));
    const chunks = lists.reduce((sum, list) => sum + list.lengths.length, 0);
    const size = lists.length === 0 ? 0 : endOf(lists.at(-1)!);
    return { key, state: "done", result: { size, chunks } satisfies ChunkedFile };
  } catch (error) {
    signal.throwIfAborted();
    if (isAway(error)) throw error;
    return { key, state: "failed", error: toErrorData(error) };
  }
}

/** Bytes before the lengths and hashes of a packed list: where it starts, and how many they are. */
const HEAD_BYTES = 12;

/** A list of chunks as an output: start (float64), count, lengths (uint32), hashes; low byte first. */
export function packChunks({ offset, lengths, hashes }: ChunkList): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(HEAD_BYTES + lengths.length * 4 + hashes.length);
  const view = new DataView(packed.buffer);
  view.setFloat64(0, offset, true);
  view.setUint32(8, lengths.length, true);
  lengths.forEach((length, i) => view.setUint32(HEAD_BYTES + i * 4, length, true));
  packed.set(hashes, HEAD_BYTES + lengths.length * 4);
  return packed;
}

/** @throws {OrbitError} `corrupt` when the bytes are no packed list. */
export function unpackChunks(packed: Uint8Array): StoredChunk[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const count = packed.length < HEAD_BYTES ? -1 : view.getUint32(8, true);
  if (packed.length !== HEAD_BYTES + count * (4 + HASH_BYTES)) {
    throw new OrbitError("corrupt", "read chunks: they are cut off");
  }
  const lengths = Uint32Array.from(
    { length: count },
    (_, i) => view.getUint32(HEAD_BYTES + i * 4, true),
  );
  const hashes = packed.slice(HEAD_BYTES + count * 4);
  const list: ChunkList = { offset: view.getFloat64(0, true), lengths, hashes };
  return Array.from(chunksOf(list), ({ hash, ...chunk }) => ({ ...chunk, hash: toHex(hash) }));
}
