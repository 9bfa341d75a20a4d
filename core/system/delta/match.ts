/** Which chunks of a file another one has, and where. */
import { type ChunkList, hashAt } from "#core/cdc/mod.ts";
import { equalBytes } from "#core/hash/mod.ts";

/** A file's chunks, and where each lies in what the destination has; -1 when it doesn't. */
export interface MatchedChunks extends ChunkList {
  readonly places: Float64Array<ArrayBuffer>;
  /** Who near here holds those without a place, as a number into the source's `near`; or -1. */
  readonly holders?: Int8Array<ArrayBuffer>;
}

/** All chunks of a file. */
export interface MatchedRecipe extends MatchedChunks {
  /** Bytes of the chunks that have a place. */
  readonly matched: number;
}

/** Looks each chunk of a recipe up in the chunks of a basis. */
export function matchRecipe(recipe: ChunkList, basis: ChunkList): MatchedRecipe {
  const index = new ChunkIndex(basis);
  const { lengths } = recipe;
  const places = new Float64Array(lengths.length).fill(-1);
  let matched = 0, previous = -1;
  for (let i = 0; i < lengths.length; i++) {
    previous = index.find(hashAt(recipe, i), lengths[i], previous + 1);
    if (previous === -1) continue;
    places[i] = index.offsets[previous];
    matched += lengths[i];
  }
  return { ...recipe, places, matched };
}

/** The chunks of a file by hash: open addressing over their numbers. */
export class ChunkIndex {
  readonly offsets: Float64Array<ArrayBuffer>;
  readonly #list: ChunkList;
  readonly #slots: Int32Array;
  readonly #mask: number;

  constructor(list: ChunkList) {
    this.#list = list;
    const count = list.lengths.length;
    this.offsets = new Float64Array(count);
    const size = 2 ** Math.ceil(Math.log2(count * 2 + 1));
    this.#slots = new Int32Array(size).fill(-1);
    this.#mask = size - 1;
    let offset = list.offset;
    for (let i = 0; i < count; i++) {
      this.offsets[i] = offset;
      offset += list.lengths[i];
      this.#put(i);
    }
  }

  /** A chunk of this hash, `likely` when it is one; -1 when there is none. */
  find(hash: Uint8Array, length: number, likely = Infinity): number {
    const { lengths } = this.#list;
    if (likely < lengths.length && this.#is(likely, hash, length)) return likely;
    for (let slot = startOf(hash) & this.#mask;; slot = (slot + 1) & this.#mask) {
      const found = this.#slots[slot];
      if (found === -1 || this.#is(found, hash, length)) return found;
    }
  }

  /** Of equal chunks the first is kept: files full of one chunk would take for ever otherwise. */
  #put(index: number): void {
    const hash = hashAt(this.#list, index);
    for (let slot = startOf(hash) & this.#mask;; slot = (slot + 1) & this.#mask) {
      const found = this.#slots[slot];
      if (found !== -1 && equalBytes(hashAt(this.#list, found), hash)) return;
      if (found !== -1) continue;
      this.#slots[slot] = index;
      return;
    }
  }

  #is(index: number, hash: Uint8Array, length: number): boolean {
    return this.#list.lengths[index] === length && equalBytes(hashAt(this.#list, index), hash);
  }
}

function startOf(hash: Uint8Array): number {
  return hash[0] | hash[1] << 8 | hash[2] << 16 | hash[3] << 24;
}
