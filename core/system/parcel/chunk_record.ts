/** Chunks of a file as a parcel's record holds them: how many, all lengths, then all hashes. */
import type { ChunkList } from "#core/cdc/mod.ts";
import { HASH_BYTES } from "#core/hash/mod.ts";

/** Bytes before the lengths. */
export const CHUNKS_HEAD = 4;

/** Bytes of each chunk. */
export const CHUNK_BYTES = 4 + HASH_BYTES;

/** A run of chunks, without the place it has in its file. */
export type ChunkRun = Pick<ChunkList, "lengths" | "hashes">;

/** Writes `count` chunks of a list from the one at `from`; returns where they end. */
export function writeChunks(
  view: DataView<ArrayBuffer>,
  at: number,
  { lengths, hashes }: ChunkRun,
  { from, count }: { from: number; count: number },
): number {
  view.setUint32(at, count, true);
  for (let i = 0; i < count; i++) {
    view.setUint32(at + CHUNKS_HEAD + i * 4, lengths[from + i], true);
  }
  const start = at + CHUNKS_HEAD + count * 4;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  bytes.set(hashes.subarray(from * HASH_BYTES, (from + count) * HASH_BYTES), start);
  return start + count * HASH_BYTES;
}

/** What {@linkcode writeChunks} wrote after the count. */
export function readChunks(bytes: Uint8Array<ArrayBuffer>, count: number): ChunkRun {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lengths = new Uint32Array(count);
  for (let i = 0; i < count; i++) lengths[i] = view.getUint32(i * 4, true);
  return { lengths, hashes: bytes.slice(count * 4) };
}
