/**
 * Finding a recipe's chunks in the file that is to be replaced, mostly without cutting that one:
 * where one chunk was found, the next is likely to follow.
 */
import { type ChunkList, type ChunkParameters, chunkPart, hashAt } from "#core/cdc/mod.ts";
import { equalBytes } from "#core/hash/mod.ts";
import type { FileHandle } from "../disk.ts";
import { ChunkIndex } from "../delta/match.ts";
import type { WorkContext } from "./context.ts";
import { hashChunk, openBasis } from "./patch.ts";

/** Parts cut in vain, one after the other, after which no more are: there is nothing alike. */
const MOST_VAIN = 6;

/** Bytes that are cut at a time around where a chunk should be, in chunks of the average size. */
const BLOCK_CHUNKS = 32;

/** How chunks are looked for. */
export interface PlacingHints {
  parameters: ChunkParameters;
  /** By how many bytes the chunks have moved, most likely. */
  shift: number;
  /** How many may be taken for found when the last of them is, and so was the one before them. */
  stride: number;
}

/** Where chunks were found; -1 for those that weren't. */
export interface PlacedChunks {
  places: Float64Array<ArrayBuffer>;
  /** By how many bytes the last of them has moved: a guess for those that follow. */
  shift: number;
}

/**
 * Looks for chunks near where those before them were; what was moved farther within its file isn't
 * found. What has a place has the hash that was told, with a `stride` of 1; with a longer one only
 * one of so many was looked at, as long as all were where they should be.
 */
export function placeChunks(
  context: WorkContext,
  { base, path }: { base: string; path: string },
  chunks: ChunkList,
  { parameters, shift, stride }: PlacingHints,
): PlacedChunks {
  const places = new Float64Array(chunks.lengths.length).fill(-1);
  using basis = openBasis(context.tree(base), path);
  if (basis === undefined) return { places, shift };
  const search = new Search(context, basis, parameters);
  const offsets = offsetsOf(chunks), { lengths } = chunks;
  const isAt = (number: number) =>
    search.isAt(offsets[number] + shift, lengths[number], hashAt(chunks, number));
  for (let number = 0; number < lengths.length;) {
    context.checkCancelled();
    const last = number + stride - 1;
    const isInStep = number > 0 && places[number - 1] === offsets[number - 1] + shift;
    if (stride > 1 && isInStep && last < lengths.length && isAt(last)) {
      for (; number <= last; number++) places[number] = offsets[number] + shift;
      continue;
    }
    const end = Math.min(lengths.length, number + stride);
    for (; number < end; number++) {
      places[number] = isAt(number)
        ? offsets[number] + shift
        : findMoved(search, chunks, number, { places, likely: offsets[number] + shift });
      if (places[number] !== -1) shift = places[number] - offsets[number];
    }
  }
  return { places, shift };
}

/** Where a chunk is that isn't where it should be; -1 when it can't be found. */
function findMoved(
  search: Search,
  chunks: ChunkList,
  number: number,
  { places, likely }: { places: Float64Array; likely: number },
): number {
  const find = (one: number) => search.find(hashAt(chunks, one), chunks.lengths[one]);
  // One that is missing was changed; when two are, those behind them may have moved.
  const before = number - 1, isSecond = before >= 0 && places[before] === -1;
  if (isSecond && search.scanAround(likely)) places[before] = find(before);
  return find(number);
}

function offsetsOf(chunks: ChunkList): Float64Array {
  const offsets = new Float64Array(chunks.lengths.length);
  let offset = chunks.offset;
  chunks.lengths.forEach((length, number) => {
    offsets[number] = offset;
    offset += length;
  });
  return offsets;
}

/** A file, and the parts of it that were cut. */
class Search {
  readonly #size: number;
  readonly #blockBytes: number;
  readonly #scanned = new Set<number>();
  readonly #indices: ChunkIndex[] = [];
  /** Parts that were cut since anything was found. */
  #vain = 0;

  constructor(
    readonly context: WorkContext,
    readonly basis: FileHandle,
    readonly parameters: ChunkParameters,
  ) {
    this.#size = basis.facts().size;
    this.#blockBytes = BLOCK_CHUNKS * parameters.avg;
  }

  /** Whether a chunk lies there. */
  isAt(place: number, length: number, hash: Uint8Array): boolean {
    if (place < 0 || place + length > this.#size) return false;
    const found = hashChunk(this.context, this.basis, { offset: place, length });
    return found !== undefined && equalBytes(found, hash);
  }

  /** Where a chunk lies in what was cut so far, or -1. */
  find(hash: Uint8Array, length: number): number {
    for (const index of this.#indices) {
      const found = index.find(hash, length);
      if (found === -1) continue;
      this.#vain = 0;
      return index.offsets[found];
    }
    return -1;
  }

  /** Cuts what lies around a place, unless it was cut already; whether there is anything new. */
  scanAround(place: number): boolean {
    const before = this.#scanned.size;
    const middle = Math.floor(Math.min(Math.max(place, 0), this.#size) / this.#blockBytes);
    for (const block of [middle, middle + 1, middle - 1]) {
      const isThere = block >= 0 && block * this.#blockBytes < this.#size;
      if (!isThere || this.#scanned.has(block) || this.#vain >= MOST_VAIN) continue;
      this.#scanned.add(block);
      this.#vain++;
      this.#scan(block);
    }
    return this.#scanned.size > before;
  }

  #scan(block: number): void {
    const { context: { blake3 }, parameters } = this;
    // A little earlier, so that the cuts are in step with all others where the block begins.
    const from = Math.max(0, block * this.#blockBytes - 4 * parameters.avg);
    const until = (block + 1) * this.#blockBytes;
    const stopAt = (end: number) => end >= until;
    const list = chunkPart(this.basis, { parameters, blake3, from, stopAt });
    this.#indices.push(new ChunkIndex(list));
  }
}
