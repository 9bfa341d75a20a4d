/** Chunks that lie nearer than their source, found and fetched by their hashes. */
import { HASH_BYTES } from "#core/hash/mod.ts";
import type { CallOptions } from "../system.ts";
import type { PackOptions } from "./request.ts";

/** Hashes of one request at most. */
export const MAX_FIND = 8192;

/** Which of the chunks that one holds count. */
export interface NearbyOptions {
  /** Only those of files beneath these absolute paths; of all files when absent. */
  within?: readonly string[];
}

/** Who may hold chunks: this machine itself, or another Star. What it says or gives is checked. */
export interface NearbyChunks {
  /** For messages. */
  readonly name: string;
  /** Whether it is this machine: what it has needs no way at all. */
  readonly isHere: boolean;
  /** For each of these hashes (32 bytes each, `MAX_FIND` at most) 1 when it holds the chunk. */
  find(hashes: Uint8Array, options?: CallOptions & NearbyOptions): Promise<Uint8Array>;
  /**
   * Parcels with these chunks, in order, each as a file's range: an open, data, a close. They may
   * turn out not to be there, or to be something else.
   */
  packChunks(
    hashes: Uint8Array,
    options?: PackOptions & NearbyOptions,
  ): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** How many hashes there are. */
export function hashCount(hashes: Uint8Array): number {
  return hashes.length / HASH_BYTES;
}
