/**
 * Joining ranges of a recipe that were cut apart from one another.
 *
 * As in `core/cdc/join.ts`, two sequences of cuts with one cut in common have all that follow. Here
 * each range goes on a little into the next, so that they meet without anybody being asked again,
 * nearly always.
 */
import { type ChunkList, chunksOf, concatChunkLists, endOf } from "#core/cdc/mod.ts";
import { HASH_BYTES } from "#core/hash/mod.ts";
import { torn } from "../parcel/format.ts";

/** Adds ranges in order; what results is what cutting the file in one go gives. */
export class RangeJoiner {
  readonly #onPart: (part: ChunkList) => void;
  readonly #parts: ChunkList[] = [];
  #last: ChunkList | undefined;
  #count = 0;

  /** @param onPart Is shown all chunks, in order, as soon as they are sure. */
  constructor(onPart: (part: ChunkList) => void = () => {}) {
    this.#onPart = onPart;
  }

  /** Chunks so far. */
  get count(): number {
    return this.#count + (this.#last?.lengths.length ?? 0);
  }

  /** Where the chunks so far end. */
  get end(): number {
    return this.#last === undefined ? 0 : endOf(this.#last);
  }

  /** Adds a range that meets those before; false, with nothing done, when it doesn't. */
  add(range: ChunkList): boolean {
    if (this.#last === undefined) return this.#begin(range);
    if (this.end >= endOf(range)) return true; // it has nothing to tell
    const meeting = findMeeting(this.#last, range);
    if (meeting === undefined) return false;
    const before = slice(this.#last, 0, meeting.before);
    this.#keep(before);
    this.#last = slice(range, meeting.after);
    return true;
  }

  /** Adds what follows the last chunk so far. */
  goOn(range: ChunkList): void {
    if (range.offset !== this.end || range.lengths.length === 0) throw torn("a recipe has a gap");
    this.#last = this.#last === undefined ? range : concatChunkLists([this.#last, range]);
  }

  /** All of it. */
  take(): ChunkList {
    if (this.#last !== undefined) this.#keep(this.#last);
    this.#last = undefined;
    return concatChunkLists(this.#parts);
  }

  #keep(part: ChunkList): void {
    this.#parts.push(part);
    this.#count += part.lengths.length;
    if (part.lengths.length > 0) this.#onPart(part);
  }

  #begin(range: ChunkList): boolean {
    this.#last = range;
    return range.offset === 0;
  }
}

/** The first cut that both have, as indices of the chunks that begin there. */
function findMeeting(
  a: ChunkList,
  b: ChunkList,
): { before: number; after: number } | undefined {
  const cuts = [...cutsOf(b)];
  let after = 0, before = 0;
  for (const cut of cutsOf(a)) {
    while (after < cuts.length && cuts[after] < cut) after++;
    if (cuts[after] === cut) return { before, after };
    before++;
  }
  return undefined;
}

/** Where chunks begin, and where the last one ends. */
function* cutsOf(list: ChunkList): Generator<number> {
  for (const { offset } of chunksOf(list)) yield offset;
  yield endOf(list);
}

function slice({ offset, lengths, hashes }: ChunkList, from: number, to?: number): ChunkList {
  let start = offset;
  for (let i = 0; i < from; i++) start += lengths[i];
  return {
    offset: start,
    lengths: lengths.subarray(from, to),
    hashes: hashes.subarray(from * HASH_BYTES, to === undefined ? undefined : to * HASH_BYTES),
  };
}
