/** Lists of chunks, packed: two buffers for any number of chunks, cheap to send and to store. */
import { HASH_BYTES } from "#core/hash/mod.ts";

/** A run of chunks that follow one another in a file without gaps. Plain, cloneable data. */
export interface ChunkList {
  /** Where the first chunk starts in the file. */
  readonly offset: number;
  /** Bytes of each chunk. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** The BLAKE3 digest of each chunk, 32 bytes each, one after another. */
  readonly hashes: Uint8Array<ArrayBuffer>;
}

/** One chunk of a list. */
export interface Chunk {
  /** Where it starts in the file. */
  offset: number;
  /** Bytes. */
  length: number;
  /** BLAKE3 digest; a view into the list. */
  hash: Uint8Array<ArrayBuffer>;
}

/** The chunks of a list, in order. */
export function* chunksOf(list: ChunkList): Generator<Chunk> {
  let offset = list.offset;
  for (let i = 0; i < list.lengths.length; i++) {
    yield { offset, length: list.lengths[i], hash: hashAt(list, i) };
    offset += list.lengths[i];
  }
}

/** The digest of the chunk at `index`; a view into the list. */
export function hashAt(list: ChunkList, index: number): Uint8Array<ArrayBuffer> {
  return list.hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}

/** Where the last chunk of a list ends in the file. */
export function endOf(list: ChunkList): number {
  let end = list.offset;
  for (let i = 0; i < list.lengths.length; i++) end += list.lengths[i];
  return end;
}

/** One list of what several hold; each must start where the one before it ends. */
export function concatChunkLists(lists: readonly ChunkList[]): ChunkList {
  const count = lists.reduce((sum, list) => sum + list.lengths.length, 0);
  const whole = emptyList(lists[0]?.offset ?? 0, count);
  let at = 0;
  for (const { lengths, hashes } of lists) {
    whole.lengths.set(lengths, at);
    whole.hashes.set(hashes, at * HASH_BYTES);
    at += lengths.length;
  }
  return whole;
}

/** Collects chunks and hands them on in lists of a bounded number. */
export class ChunkListWriter {
  #list: ChunkList;
  #count = 0;
  #end: number;

  constructor(
    offset: number,
    readonly capacity: number,
    readonly sink: (list: ChunkList) => void,
  ) {
    this.#end = offset;
    this.#list = emptyList(offset, capacity);
  }

  /** Where the next chunk starts. */
  get end(): number {
    return this.#end;
  }

  add(length: number, hash: Uint8Array): void {
    if (this.#count === this.capacity) this.flush();
    this.#list.lengths[this.#count] = length;
    this.#list.hashes.set(hash, this.#count * HASH_BYTES);
    this.#count++;
    this.#end += length;
  }

  /** Hands on what there is. */
  flush(): void {
    if (this.#count === 0) return;
    const { offset, lengths, hashes } = this.#list;
    this.sink({
      offset,
      lengths: lengths.slice(0, this.#count),
      hashes: hashes.slice(0, this.#count * HASH_BYTES),
    });
    this.#list = { offset: this.#end, lengths, hashes };
    this.#count = 0;
  }
}

function emptyList(offset: number, count: number): ChunkList {
  return { offset, lengths: new Uint32Array(count), hashes: new Uint8Array(count * HASH_BYTES) };
}
