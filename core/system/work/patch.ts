/**
 * Making a file of chunks that the destination has and of others that arrive. Whatever is taken
 * from where, all of it is read back and compared with the hashes that the source told.
 */
import { hashAt } from "#core/cdc/mod.ts";
import { equalBytes, type Hasher } from "#core/hash/mod.ts";
import type { FileHandle, Tree } from "../disk.ts";
import type { MatchedChunks } from "../delta/match.ts";
import { type ParcelRecord, torn } from "../parcel/format.ts";
import { writeAroundZeros } from "./content.ts";
import { BLOCK_BYTES, type WorkContext } from "./context.ts";

/** A stretch of a file. */
export interface FileRange {
  offset: number;
  length: number;
}

/** Opens the destination's own file; undefined when it is gone, or can't be read. */
export function openBasis(tree: Tree, path: string): FileHandle | undefined {
  try {
    return tree.openFile(path, { follow: false });
  } catch {
    return undefined; // whatever it lacks is fetched
  }
}

/**
 * Copies the chunks that have a place in `basis`, and reads each back while it is at hand.
 *
 * @param holes Leave zeros unwritten: nothing was written there before.
 * @returns Numbers of those that aren't what their source told: the basis was taken for something
 * else, has changed, or is gone.
 */
export function copyKnown(
  context: WorkContext,
  basis: FileHandle | undefined,
  target: FileHandle,
  chunks: MatchedChunks,
  holes: boolean,
): number[] {
  const { lengths, places } = chunks;
  const lost: number[] = [];
  let at = chunks.offset;
  for (let number = 0; number < lengths.length; at += lengths[number++]) {
    if (places[number] === -1) continue;
    context.checkCancelled();
    const length = lengths[number];
    const isCopied = basis !== undefined &&
      copyChunk(context, { basis, target }, { from: places[number], to: at, length }, holes);
    const isRight = isCopied && isChunk(context, target, { offset: at, length }, chunks, number);
    if (!isRight) lost.push(number);
  }
  return lost;
}

/** False when the basis ends before it, or can't be read. */
function copyChunk(
  context: WorkContext,
  { basis, target }: { basis: FileHandle; target: FileHandle },
  { from, to, length }: { from: number; to: number; length: number },
  holes: boolean,
): boolean {
  const [block] = context.blocks;
  for (let done = 0; done < length;) {
    const piece = block.subarray(0, Math.min(BLOCK_BYTES, length - done));
    if (readBasis(basis, piece, from + done) < piece.length) return false;
    if (holes) writeAroundZeros(target, piece, to + done);
    else target.write(piece, to + done);
    done += piece.length;
  }
  return true;
}

function isChunk(
  context: WorkContext,
  target: FileHandle,
  range: FileRange,
  chunks: MatchedChunks,
  number: number,
): boolean {
  const hash = hashChunk(context, target, range);
  return hash !== undefined && equalBytes(hash, hashAt(chunks, number));
}

/** What can't be read is fetched. */
function readBasis(basis: FileHandle, into: Uint8Array, position: number): number {
  try {
    return basis.read(into, position);
  } catch {
    return 0;
  }
}

/**
 * Reads chunks back: those of these numbers, or all.
 *
 * @param numbers In order.
 * @returns Numbers of those that aren't what their source told.
 */
export function findBad(
  context: WorkContext,
  target: FileHandle,
  chunks: MatchedChunks,
  numbers?: readonly number[],
): number[] {
  const bad: number[] = [];
  let at = chunks.offset, next = 0;
  for (let number = 0; number < chunks.lengths.length; number++) {
    context.checkCancelled();
    const length = chunks.lengths[number];
    const isMeant = numbers === undefined || numbers[next] === number;
    if (isMeant) {
      next++;
      if (!isChunk(context, target, { offset: at, length }, chunks, number)) bad.push(number);
    }
    at += length;
  }
  return bad;
}

/** BLAKE3 of a stretch; undefined when the file ends before it, or can't be read. */
export function hashChunk(
  context: WorkContext,
  target: FileHandle,
  { offset, length }: FileRange,
): Uint8Array | undefined {
  const [, block] = context.blocks;
  let hasher: Hasher | undefined;
  for (let done = 0; done < length;) {
    const piece = block.subarray(0, Math.min(BLOCK_BYTES, length - done));
    if (readBasis(target, piece, offset + done) < piece.length) return undefined;
    if (piece.length === length) return context.blake3.hash(piece);
    hasher ??= context.blake3.create();
    hasher.update(piece);
    done += piece.length;
  }
  return hasher?.digest();
}

/** Where the chunks of these numbers lie: neighbours in one range, in order. */
export function rangesOf(chunks: MatchedChunks, numbers: readonly number[]): FileRange[] {
  const ranges: FileRange[] = [];
  let at = chunks.offset, reached = 0;
  for (const number of numbers) {
    for (; reached < number; reached++) at += chunks.lengths[reached];
    const last = ranges.at(-1), length = chunks.lengths[number];
    if (last !== undefined && last.offset + last.length === at) last.length += length;
    else ranges.push({ offset: at, length });
  }
  return ranges;
}

/** Numbers of the chunks that have no place. */
export function unplaced({ places }: MatchedChunks): number[] {
  const numbers: number[] = [];
  places.forEach((place, number) => place === -1 && numbers.push(number));
  return numbers;
}

/** Writes one range as it arrives; what it is shows when it is read back. */
export class ArrivingPiece {
  #bytes = 0;

  constructor(
    readonly file: FileHandle,
    readonly range: FileRange,
    /** Nothing was written there before. */
    readonly isEmpty: boolean,
  ) {}

  /** @throws `corrupt` (retryable) when there is more, or less at its close, than was asked for. */
  take(record: ParcelRecord): void {
    if (record.kind === "data") {
      const at = this.#advance(record.bytes.length);
      if (record.bytes.length > 0) this.file.write(record.bytes, at);
    } else if (record.kind === "zeros") this.#zeros(record.length);
    else if (record.kind !== "close") throw torn("chunks come where content was asked for");
    else if (this.#bytes !== this.range.length) throw torn("a range is cut off");
  }

  #zeros(length: number): void {
    const at = this.#advance(length);
    if (this.isEmpty) return;
    const zeros = new Uint8Array(Math.min(length, BLOCK_BYTES));
    for (let done = 0; done < length; done += zeros.length) {
      this.file.write(zeros.subarray(0, Math.min(zeros.length, length - done)), at + done);
    }
  }

  #advance(length: number): number {
    const at = this.range.offset + this.#bytes;
    if (this.#bytes + length > this.range.length) throw torn("more comes than was asked for");
    this.#bytes += length;
    return at;
  }
}
