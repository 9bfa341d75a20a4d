/** What a look-up found. */
import type { FileVersion } from "./known_file.ts";

/** Where a chunk lies. */
export interface Place {
  /** The file; one object for all places in it. */
  readonly file: FileVersion;
  /** Where the chunk starts in the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** Places as columns, which cost less than objects until somebody asks for them. */
export class PlaceList {
  #files = new Uint32Array(256);
  #offsets = new Float64Array(256);
  #lengths = new Uint32Array(256);
  count = 0;

  /** @param file Which of the look-up's files. */
  add(file: number, offset: number, length: number): void {
    if (this.count === this.#files.length) this.#grow();
    this.#files[this.count] = file;
    this.#offsets[this.count] = offset;
    this.#lengths[this.count++] = length;
  }

  #grow(): void {
    const files = new Uint32Array(this.count * 2), lengths = new Uint32Array(this.count * 2);
    const offsets = new Float64Array(this.count * 2);
    files.set(this.#files);
    offsets.set(this.#offsets);
    lengths.set(this.#lengths);
    [this.#files, this.#offsets, this.#lengths] = [files, offsets, lengths];
  }

  at(index: number, files: readonly FileVersion[]): Place {
    const file = files[this.#files[index]];
    return { file, offset: this.#offsets[index], length: this.#lengths[index] };
  }
}

/** The places of each hash that was looked up. */
export class FoundPlaces {
  /** For each hash its row: equal hashes share one. */
  readonly #rowOf: Uint32Array;
  /** For each row where its places start; one more at the end. */
  readonly #starts: Uint32Array;
  readonly #places: PlaceList;
  readonly #files: readonly FileVersion[];

  /** @internal */
  constructor(
    rowOf: Uint32Array,
    starts: Uint32Array,
    places: PlaceList,
    files: readonly FileVersion[],
  ) {
    this.#rowOf = rowOf;
    this.#starts = starts;
    this.#places = places;
    this.#files = files;
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
  placesOf(index: number): Place[] {
    const row = this.#rowOf[index];
    const start = this.#starts[row];
    const count = this.#starts[row + 1] - start;
    return Array.from({ length: count }, (_, i) => this.#places.at(start + i, this.#files));
  }
}
