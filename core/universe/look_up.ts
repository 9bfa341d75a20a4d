/** Looking up many chunks at once. */
import { OrbitError } from "#core/errors.ts";
import { HASH_BYTES } from "#core/hash/mod.ts";
import { Candidates } from "./candidates.ts";
import { keyAt } from "./entry.ts";
import { FoundPlaces, PlaceList } from "./found_places.ts";
import type { FileVersion } from "./known_file.ts";
import type { Tables } from "./tables.ts";
import { radixOrder } from "./radix_order.ts";

/** Hashes of one look-up, at most. */
export const MAX_LOOK_UP = 64 * 1024;
/** Entries that are looked at for one hash, at most. */
export const MAX_CANDIDATES = 256;
const MAX_PLACES = 64;
/** Candidates are checked when there are so many: this bounds memory, however many there are. */
const CHECKED_AT_ONCE = 64 * 1024;

/** What counts as a good place. */
export interface LookUpOptions {
  /** The Stars that count, the best first; all, none better than another, when absent. */
  stars?: readonly string[];
  /** Places of each chunk, at most; 4 when absent, 64 at most. */
  places?: number;
  /** Of these, places on one Star; 2 when absent. */
  placesPerStar?: number;
  /** Only chunks that this algorithm cut; any when absent: equal hashes mean equal bytes. */
  algorithm?: string;
}

/** A file that holds some of what is looked for, by its place among them. */
interface RankedFile {
  star: number;
  rank: number;
}

/** For each candidate what it turned out to be. */
class Holders {
  /** Which of the look-up's files; -1 for none. */
  readonly files: Int32Array;
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;

  constructor(count: number) {
    this.files = new Int32Array(count).fill(-1);
    this.offsets = new Float64Array(count);
    this.lengths = new Uint32Array(count);
  }
}

/** @throws {OrbitError} `invalid` for too many hashes, or bytes that are none. */
export function lookUp(
  tables: Tables,
  hashes: Uint8Array,
  options: LookUpOptions,
): FoundPlaces {
  return new LookUp(tables, hashes, options).run();
}

class LookUp {
  readonly #tables: Tables;
  readonly #hashes: Uint8Array;
  readonly #options: Required<Pick<LookUpOptions, "places" | "placesPerStar">> & LookUpOptions;
  readonly #ranks?: Map<number, number>;
  /** By id its place in the two below; -1 for a file that doesn't count. */
  readonly #indexOf = new Map<number, number>();
  readonly #files: FileVersion[] = [];
  readonly #ranked: RankedFile[] = [];
  /** Where the hash of each row starts. */
  readonly #hashOf: Uint32Array;
  readonly #rowOf: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #places = new PlaceList();

  constructor(tables: Tables, hashes: Uint8Array, options: LookUpOptions) {
    const { places = 4, placesPerStar = 2, stars } = options;
    const count = hashes.length / HASH_BYTES;
    if (!Number.isInteger(count) || count > MAX_LOOK_UP) {
      const message = `look up ${count} chunks: not a whole number up to ${MAX_LOOK_UP}`;
      throw new OrbitError("invalid", message);
    }
    if (!isCount(places) || places > MAX_PLACES || !isCount(placesPerStar)) {
      const message = `look up ${places} places, ${placesPerStar} on a Star: out of bounds`;
      throw new OrbitError("invalid", message);
    }
    this.#tables = tables;
    this.#hashes = hashes;
    this.#options = { ...options, places, placesPerStar };
    if (stars !== undefined) this.#ranks = toRanks(tables, stars);
    this.#hashOf = new Uint32Array(count);
    this.#rowOf = new Uint32Array(count);
    this.#starts = new Uint32Array(count + 1);
  }

  run(): FoundPlaces {
    const count = this.#rowOf.length;
    const keys = new Float64Array(count);
    for (let i = 0; i < count; i++) keys[i] = keyAt(this.#hashes, i * HASH_BYTES);
    let rows = 0, from = 0;
    let candidates = new Candidates();
    for (const i of radixOrder(keys, count)) {
      const at = i * HASH_BYTES;
      if (rows === 0 || !this.#isSame(this.#hashOf[rows - 1], at)) {
        if (candidates.count >= CHECKED_AT_ONCE) {
          this.#check(candidates, from, rows);
          candidates = new Candidates();
          from = rows;
        }
        this.#tables.index.collect(keys[i], rows, MAX_CANDIDATES, candidates);
        this.#hashOf[rows++] = at;
      }
      this.#rowOf[i] = rows - 1;
    }
    this.#check(candidates, from, rows);
    return new FoundPlaces(this.#rowOf, this.#starts, this.#places, this.#files);
  }

  #isSame(a: number, b: number): boolean {
    for (let i = 0; i < HASH_BYTES; i++) {
      if (this.#hashes[a + i] !== this.#hashes[b + i]) return false;
    }
    return true;
  }

  /** Finds out which candidates hold what the rows from `from` to before `end` look for. */
  #check({ slots, rows, count }: Candidates, from: number, end: number): void {
    const holders = new Holders(count);
    this.#tables.pieces.check(
      slots,
      radixOrder(slots, count),
      (index) => {
        const at = this.#hashOf[rows[index]];
        return this.#hashes.subarray(at, at + HASH_BYTES);
      },
      (index, id, offset, length) => {
        holders.files[index] = this.#indexOf.get(id) ?? this.#noteFile(id);
        holders.offsets[index] = offset;
        holders.lengths[index] = length;
      },
    );
    for (let row = from, at = 0; row < end; row++) {
      const first = at;
      while (at < count && rows[at] === row) at++;
      if (at - first === 1) this.#add(holders, first);
      else if (at > first) this.#choose(holders, first, at);
      this.#starts[row + 1] = this.#places.count;
    }
  }

  #noteFile(id: number): number {
    const file = this.#tables.files.versionById(id);
    const index = file !== undefined && this.#counts(file.star, file.version)
      ? this.#files.push(file.version) - 1
      : -1;
    this.#indexOf.set(id, index);
    if (index >= 0) this.#ranked.push({ star: file!.star, rank: this.#rankOf(file!.star)! });
    return index;
  }

  #counts(star: number, { algorithm }: FileVersion): boolean {
    const { algorithm: wanted } = this.#options;
    return (wanted === undefined || algorithm === wanted) && this.#rankOf(star) !== undefined;
  }

  #rankOf(star: number): number | undefined {
    return this.#ranks === undefined ? 0 : this.#ranks.get(star);
  }

  #add({ files, offsets, lengths }: Holders, at: number): void {
    if (files[at] >= 0) this.#places.add(files[at], offsets[at], lengths[at]);
  }

  /** Adds the best of the holders from `from` to before `end`, which are the newest first. */
  #choose(holders: Holders, from: number, end: number): void {
    // One place in a file is enough: the first of all, which comes last.
    const byFile = new Map<number, number>();
    for (let at = from; at < end; at++) {
      if (holders.files[at] >= 0) byFile.set(holders.files[at], at);
    }
    const { places, placesPerStar } = this.#options;
    const ofStar = new Map<number, number>();
    let left = places;
    const rankOf = (at: number) => this.#ranked[holders.files[at]].rank;
    for (const at of [...byFile.values()].sort((a, b) => rankOf(a) - rankOf(b))) {
      const { star } = this.#ranked[holders.files[at]];
      const same = ofStar.get(star) ?? 0;
      if (same >= placesPerStar) continue;
      ofStar.set(star, same + 1);
      this.#add(holders, at);
      if (--left === 0) return;
    }
  }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}

function toRanks(tables: Tables, stars: readonly string[]): Map<number, number> {
  const ranks = new Map<number, number>();
  for (const [rank, name] of stars.entries()) {
    const id = tables.stars.idOf(name);
    if (id !== undefined && !ranks.has(id)) ranks.set(id, rank);
  }
  return ranks;
}
