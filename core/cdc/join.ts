/**
 * One file, several workers, the same chunks.
 *
 * Where a chunk ends depends on its own bytes alone, and once two sequences of cuts of the same
 * bytes have one cut in common, they have all that follow. So each worker chunks from a start of
 * its own to the first cut at or behind the next worker's start; the last cut of one list is then
 * followed by true cuts (a bridge) only until they meet the next list, after a few chunks as a
 * rule. The result is the sequential one, always; data in which the two never meet (long runs of
 * equal bytes) costs a second pass over it, not correctness.
 */
import { OrbitError } from "#core/errors.ts";
import { HASH_BYTES } from "#core/hash/mod.ts";
import { type ByteSource, chunkPart, type ChunkPartOptions } from "./chunk_file.ts";
import { type ChunkList, concatChunkLists, endOf } from "./chunk_list.ts";
import { type ChunkParameters, validateParameters } from "./parameters.ts";

/** A part of a file for one worker to chunk. */
export interface Segment {
  from: number;
  /** Chunking goes on to the first cut at or behind this. */
  until: number;
}

/** Asks for the true chunks from `from` on until they meet `list` or are past it. */
export interface BridgeRequest {
  from: number;
  list: ChunkList;
}

/**
 * Divides a file into at most `count` segments of about equal size. They start at multiples of
 * `max`, where the cuts of a file of equal bytes are, too.
 *
 * @throws `invalid` for sizes and counts that can't be.
 */
export function planSegments(
  size: number,
  { count, parameters }: { count: number; parameters: ChunkParameters },
): Segment[] {
  validateParameters(parameters);
  if (!Number.isSafeInteger(size) || size < 0 || !Number.isSafeInteger(count) || count < 1) {
    throw new OrbitError("invalid", `plan segments "${size}/${count}": not a size and a count`);
  }
  const { max } = parameters;
  const step = Math.max(1, Math.ceil(size / count / max)) * max;
  const segments: Segment[] = [{ from: 0, until: Math.min(step, size) }];
  for (let from = step; from < size; from += step) {
    segments.push({ from, until: Math.min(from + step, size) });
  }
  return segments;
}

/** Chunks one segment; any number may be done at a time, in any order. */
export function chunkSegment(
  source: ByteSource,
  { segment, ...options }: Omit<ChunkPartOptions, "from" | "stopAt"> & { segment: Segment },
): ChunkList {
  const { from, until } = segment;
  return chunkPart(source, { ...options, from, stopAt: (end) => end >= until });
}

/** Does what a {@linkcode BridgeRequest} asks for. */
export function chunkBridge(
  source: ByteSource,
  { request, ...options }: Omit<ChunkPartOptions, "from" | "stopAt"> & { request: BridgeRequest },
): ChunkList {
  const { from, list } = request;
  const cuts = new CutCursor(list);
  const stopAt = (end: number) => cuts.seek(end) || cuts.isPast;
  return chunkPart(source, { ...options, from, stopAt });
}

/**
 * Joins the lists of a file's segments, in order, to exactly the list that sequential chunking
 * gives. `bridge` fetches missing chunks, as {@linkcode chunkBridge} does.
 *
 * @throws `conflict` when the file changed in between so that the lists can't meet.
 */
export function joinChunkLists(
  lists: readonly ChunkList[],
  bridge: (request: BridgeRequest) => ChunkList,
): ChunkList {
  const joiner = new ChunkListJoiner(lists[0]?.offset ?? 0);
  return concatChunkLists(lists.map((list) => {
    const steps = joiner.add(list);
    let step = steps.next();
    while (!step.done) step = steps.next(bridge(step.value));
    return step.value;
  }));
}

/**
 * {@linkcode joinChunkLists} for callers whose lists come one after the other, and who have to wait
 * for their bridges.
 */
export class ChunkListJoiner {
  #end: number;

  /** @param from Where the first chunk starts. */
  constructor(from: number) {
    this.#end = from;
  }

  /** Where the last chunk so far ends. */
  get end(): number {
    return this.#end;
  }

  /**
   * What follows the chunks so far, up to the end of the next segment's list. Yields each request
   * and takes its answer by `next(answer)`.
   */
  *add(list: ChunkList): Generator<BridgeRequest, ChunkList, ChunkList> {
    const joined: ChunkList[] = [];
    const cuts = new CutCursor(list);
    if (!cuts.seek(this.#end) && !cuts.isPast) {
      const between = yield { from: this.#end, list };
      joined.push(between);
      this.#end = endOf(between);
      if (!cuts.seek(this.#end) && !cuts.isPast) throw changed(this.#end);
    }
    const rest = cuts.rest();
    joined.push(rest);
    this.#end = Math.max(this.#end, endOf(rest));
    return concatChunkLists(joined);
  }
}

/** Walks the cuts of a list, forward only. */
class CutCursor {
  readonly #list: ChunkList;
  #index = 0;
  #offset: number;
  #sought = 0;

  constructor(list: ChunkList) {
    this.#list = list;
    this.#offset = list.offset;
  }

  /** Whether the list has a cut (or its start) at `offset`, which never gets smaller. */
  seek(offset: number): boolean {
    const { lengths } = this.#list;
    this.#sought = offset;
    while (this.#offset < offset && this.#index < lengths.length) {
      this.#offset += lengths[this.#index++];
    }
    return this.#offset === offset;
  }

  /** Whether what was sought last lies behind the end of the list. */
  get isPast(): boolean {
    return this.#offset < this.#sought;
  }

  /** The chunks from the cut that was sought last. */
  rest(): ChunkList {
    return {
      offset: this.#offset,
      lengths: this.#list.lengths.subarray(this.#index),
      hashes: this.#list.hashes.subarray(this.#index * HASH_BYTES),
    };
  }
}

function changed(offset: number): OrbitError {
  return new OrbitError("conflict", `join chunk lists "${offset}": the file changed meanwhile`, {
    detail: { retryable: true },
  });
}
