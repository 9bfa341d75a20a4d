/**
 * FastCDC: content-defined chunking with a gear hash and normalised chunk sizes.
 *
 * W. Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data
 * Deduplication", USENIX ATC 2016; "The Design of Fast Content-Defined Chunking for Data
 * Deduplication Based Storage Systems", IEEE TPDS 31(9), 2020.
 *
 * As there: nothing is looked at below `min`, a stricter mask holds up to a switch point and a
 * laxer one after it (normalisation level 2), and `max` ends a chunk at the latest. Here besides:
 * - The hash has 32 bits, what JavaScript computes fast, and the masks are its topmost bits, those
 *   that most bytes have a say in.
 * - The hash at `min` starts with the 32 bytes before it instead of none. So whether a place can be
 *   a cut depends on the 32 bytes before it alone, which lets chunk lists fall back into step soon.
 * - The switch point is 13/16 of `avg`, which makes the mean on random data `avg` within 1 % when
 *   min : avg : max is 1 : 4 : 16.
 */
import { type ChunkParameters, validateParameters } from "./parameters.ts";
import { findInWindow } from "./window.ts";

/** Finds where chunks end. Has no state: what it says of some bytes is always the same. */
export interface Chunker {
  readonly parameters: ChunkParameters;
  /**
   * The end (exclusive) of the chunk that starts at `from`, given the bytes of `[from, to)`; -1
   * when more bytes are needed to say. At the end of the input, -1 means that the rest is the last
   * chunk.
   *
   * @param searched Where an earlier search of the same chunk ended with -1 (its `to`, moved with
   *   the bytes), so that nothing is searched twice.
   */
  findCut(bytes: Uint8Array, from: number, to: number, searched?: number): number;
}

/** Bits by which the masks are stricter and laxer than `avg` asks for. */
const NORMALISATION = 2;

/** A chunker for the given sizes. @throws `invalid` */
export function createChunker(parameters: ChunkParameters): Chunker {
  validateParameters(parameters);
  const { min, avg, max } = parameters;
  const bits = Math.log2(avg);
  const strict = topBits(bits + NORMALISATION);
  const lax = topBits(bits - NORMALISATION);
  const turn = Math.max(min, (avg / 16) * 13);

  function findCut(bytes: Uint8Array, from: number, to: number, searched = from): number {
    const start = Math.max(searched, from + min);
    if (start < from + turn) {
      const cut = findInWindow(bytes, start, Math.min(to, from + turn), strict);
      if (cut !== -1) return cut;
    }
    const last = from + max;
    const cut = findInWindow(bytes, Math.max(start, from + turn), Math.min(to, last), lax);
    if (cut !== -1) return cut;
    return to >= last ? last : -1;
  }
  return { parameters: { min, avg, max }, findCut };
}

function topBits(count: number): number {
  return -1 << (32 - count);
}
