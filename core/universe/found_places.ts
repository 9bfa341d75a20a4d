/** What a look-up found. */
import type { KnownFile } from "./known_file.ts";

/** Where a chunk lies. */
export interface Place {
  /** The file; one object for all places in it. */
  readonly file: KnownFile;
  /** Where the chunk starts in the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** The places of each hash that was looked up. */
export class FoundPlaces {
  /** For each hash its row: equal hashes share one. */
  readonly #rowOf: Uint32Array;
  /** For each row where its places start; one more at the end. */
  readonly #starts: Uint32Array;
  readonly #places: readonly Place[];

  constructor(rowOf: Uint32Array, starts: Uint32Array, places: readonly Place[]) {
    this.#rowOf = rowOf;
    this.#starts = starts;
    this.#places = places;
  }

  /** Hashes that were looked up. */
  get count(): number {
    return this.#rowOf.length;
  }

  /** Whether any place of the hash at an index was found. */
  has(index: number): boolean {
    const row = this.#rowOf[index];
    return this.#starts[row] < this.#starts[row + 1];
  }

  /** The places of the hash at an index, the best first. */
  placesOf(index: number): readonly Place[] {
    const row = this.#rowOf[index];
    return this.#places.slice(this.#starts[row], this.#starts[row + 1]);
  }
}
