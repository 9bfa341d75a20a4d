/** Cutting and hashing a file in one pass over a bounded buffer. */
import { OrbitError } from "#core/errors.ts";
import type { Blake3 } from "#core/hash/mod.ts";
import { type ChunkList, ChunkListWriter, concatChunkLists } from "./chunk_list.ts";
import { createChunker } from "./chunker.ts";
import type { ChunkParameters } from "./parameters.ts";

/** Bytes that can be read at a position, such as an open file. */
export interface ByteSource {
  /** Reads at `position`; returns the bytes read, 0 only at the end. */
  read(into: Uint8Array, position: number): number;
}

/** What {@linkcode chunkPart} and {@linkcode chunkFile} share. */
export interface ChunkPartOptions {
  parameters: ChunkParameters;
  blake3: Blake3;
  /** Where the first chunk starts; the beginning of the file when left out. */
  from?: number;
  /** Asked for the end of each chunk: true ends the list there. Never, when left out. */
  stopAt?: (end: number) => boolean;
  /** Is shown every byte read, once and in order; the view is valid during the call. */
  observe?: (bytes: Uint8Array) => void;
  /** Memory to work in, at least twice `parameters.max`; saves its allocation for each file. */
  buffer?: Uint8Array;
}

/** What {@linkcode chunkFile} needs. */
export interface ChunkFileOptions extends ChunkPartOptions {
  /** Takes the chunks, in order, in lists of at most {@linkcode BATCH_CHUNKS}. */
  sink: (list: ChunkList) => void;
}

/** The most chunks that a list handed to {@linkcode ChunkFileOptions.sink} has. */
export const BATCH_CHUNKS = 4096;

/** What is read at a time, at least: large enough for the system, small enough for the caches. */
const READ_BYTES = 1 << 20;

/**
 * Cuts a source into chunks and hashes each. Chunks are hashed where they were read to; only the
 * beginning of a chunk that isn't complete yet is moved. Memory doesn't grow with the file.
 *
 * @returns Where the last chunk ends: the source's size, unless `stopAt` ended it before.
 * @throws `invalid` for parameters or a buffer that won't do; whatever the source throws.
 */
export function chunkFile(source: ByteSource, options: ChunkFileOptions): number {
  const { parameters, blake3, from = 0, stopAt = never } = options;
  const chunker = createChunker(parameters);
  const window = new ReadWindow(source, options);
  const chunks = new ChunkListWriter(from, BATCH_CHUNKS, options.sink);
  for (;;) {
    const cut = chunker.findCut(window.bytes, window.from, window.to, window.searched);
    if (cut === -1 && window.readOn()) continue;
    const chunk = window.take(cut === -1 ? window.to : cut);
    if (chunk.length > 0) chunks.add(chunk.length, blake3.hash(chunk));
    if (cut === -1 || stopAt(chunks.end)) break;
  }
  chunks.flush();
  return chunks.end;
}

/** Like {@linkcode chunkFile}, for a part that is small enough to have its list in memory. */
export function chunkPart(source: ByteSource, options: ChunkPartOptions): ChunkList {
  const lists: ChunkList[] = [];
  chunkFile(source, { ...options, sink: (list) => lists.push(list) });
  return { ...concatChunkLists(lists), offset: options.from ?? 0 };
}

/** The part of a source that is in memory: from the chunk that isn't complete to what was read. */
class ReadWindow {
  readonly bytes: Uint8Array;
  /** Start of the unfinished chunk. */
  from = 0;
  /** Up to where it was searched for its end. */
  searched = 0;
  /** End of what was read. */
  to = 0;
  readonly #source: ByteSource;
  readonly #observe: (bytes: Uint8Array) => void;
  #position: number;

  constructor(source: ByteSource, { parameters, from, observe, buffer }: ChunkPartOptions) {
    const { max } = parameters;
    this.bytes = buffer ?? new Uint8Array(max + Math.max(max, READ_BYTES));
    if (this.bytes.length < 2 * max) {
      const state = `shorter than ${2 * max} bytes`;
      throw new OrbitError("invalid", `chunk file "buffer of ${this.bytes.length}": ${state}`);
    }
    this.#source = source;
    this.#observe = observe ?? ignore;
    this.#position = from ?? 0;
  }

  /** Takes the bytes up to `end` out; they are valid until the next read. */
  take(end: number): Uint8Array {
    const bytes = this.bytes.subarray(this.from, end);
    this.from = this.searched = end;
    return bytes;
  }

  /** Moves the unfinished chunk to the front and reads on behind it; false at the end. */
  readOn(): boolean {
    this.bytes.copyWithin(0, this.from, this.to);
    this.to -= this.from;
    this.searched = this.to;
    this.from = 0;
    const read = this.#source.read(this.bytes.subarray(this.to), this.#position);
    this.#observe(this.bytes.subarray(this.to, this.to + read));
    this.#position += read;
    this.to += read;
    return read > 0;
  }
}

function never(): boolean {
  return false;
}

function ignore(): void {}
