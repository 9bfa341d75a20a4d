/** Looking up many chunks at once. */
import { OrbitError } from "#core/errors.ts";
import { HASH_BYTES } from "#core/hash/mod.ts";
import { Candidates } from "./candidates.ts";
import { keyAt } from "./entry.ts";
import { FoundPlaces, type Place } from "./found_places.ts";
import type { KnownFile } from "./known_file.ts";
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

/** A file that may hold what is looked for. */
interface RankedFile {
  id: number;
  star: number;
  rank: number;
  known: KnownFile;
}

/** A place that holds what is looked for. */
interface Holder {
  file: RankedFile;
  offset: number;
  length: number;
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
  /** Null for one that doesn't count. */
  readonly #files = new Map<number, RankedFile | null>();
  /** Where the hash of each row starts. */
  readonly #hashOf: Uint32Array;
  readonly #rowOf: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #places: Place[] = [];

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
    return new FoundPlaces(this.#rowOf, this.#starts, this.#places);
  }

  #isSame(a: number, b: number): boolean {
    for (let i = 0; i < HASH_BYTES; i++) {
      if (this.#hashes[a + i] !== this.#hashes[b + i]) return false;
    }
    return true;
  }

  /** Finds out which candidates hold what the rows from `from` to before `end` look for. */
  #check({ slots, rows, count }: Candidates, from: number, end: number): void {
    const holders = new Array<Holder | undefined>(count);
    this.#tables.pieces.check(
      slots,
      radixOrder(slots, count),
      (index) => {
        const at = this.#hashOf[rows[index]];
        return this.#hashes.subarray(at, at + HASH_BYTES);
      },
      (index, id, offset, length) => {
        const file = this.#fileOf(id);
        if (file !== null) holders[index] = { file, offset, length };
      },
    );
    for (let row = from, at = 0; row < end; row++) {
      const first = at;
      while (at < count && rows[at] === row) at++;
      this.#choose(holders, first, at);
      this.#starts[row + 1] = this.#places.length;
    }
  }

  #fileOf(id: number): RankedFile | null {
    const known = this.#files.get(id);
    if (known !== undefined) return known;
    const file = this.#rankFile(id);
    this.#files.set(id, file);
    return file;
  }

  #rankFile(id: number): RankedFile | null {
    const row = this.#tables.files.byId(id);
    const known = row && this.#tables.toKnown(row);
    if (row === undefined || known === undefined) return null;
    const { algorithm } = this.#options;
    if (algorithm !== undefined && known.algorithm !== algorithm) return null;
    const rank = this.#ranks === undefined ? 0 : this.#ranks.get(row.star);
    return rank === undefined ? null : { id, star: row.star, rank, known };
  }

  /** Adds the best of the holders from `from` to before `end`, which are the newest first. */
  #choose(holders: readonly (Holder | undefined)[], from: number, end: number): void {
    if (end === from) return;
    if (end - from === 1) {
      if (holders[from] !== undefined) this.#add(holders[from]);
      return;
    }
    // One place in a file is enough: the first of all, which comes last.
    const byFile = new Map<number, Holder>();
    for (let i = from; i < end; i++) {
      const holder = holders[i];
      if (holder !== undefined) byFile.set(holder.file.id, holder);
    }
    const { places, placesPerStar } = this.#options;
    const ofStar = new Map<number, number>();
    let left = places;
    for (const holder of [...byFile.values()].sort((a, b) => a.file.rank - b.file.rank)) {
      const same = ofStar.get(holder.file.star) ?? 0;
      if (same >= placesPerStar) continue;
      ofStar.set(holder.file.star, same + 1);
      this.#add(holder);
      if (--left === 0) return;
    }
  }

  #add({ file, offset, length }: Holder): void {
    this.#places.push({ file: file.known, offset, length });
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
