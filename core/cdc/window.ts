/** The rolling hash over the last bytes of the input. */
import { GEAR } from "./gear.ts";

/** Bytes that the hash depends on: each step shifts by one bit, and the word has 32. */
export const WINDOW_BYTES = 32;

/**
 * Looks for the first place in `(from, to]` at which the window hash has no bit of `mask` set, and
 * returns it, or -1. The 32 bytes before `from` must be there: a hash depends on nothing
 * else, so a search that was broken off goes on as if it hadn't been.
 */
export function findInWindow(bytes: Uint8Array, from: number, to: number, mask: number): number {
  if (from >= to) return -1;
  const { byteOffset } = bytes;
  const start = Math.min(to, from + (-(byteOffset + from) & 3));
  const end = Math.max(start, to - ((byteOffset + to) & 3));
  const early = findByBytes(bytes, from, start, mask);
  if (early !== -1) return early;
  const cut = findByWords(bytes, start, end, mask);
  return cut !== -1 ? cut : findByBytes(bytes, end, to, mask);
}

function findByBytes(bytes: Uint8Array, from: number, to: number, mask: number): number {
  let hash = hashBefore(bytes, from);
  for (let i = from; i < to; i++) {
    hash = ((hash << 1) + GEAR[bytes[i]]) | 0;
    if ((hash & mask) === 0) return i + 1;
  }
  return -1;
}

/**
 * Four bytes at a time, between places that are aligned in memory: twice as fast as one by one,
 * since each load and its check of bounds serves four. All processors that Deno runs on have the
 * first byte of a word as its lowest.
 */
function findByWords(bytes: Uint8Array, from: number, to: number, mask: number): number {
  const { buffer, byteOffset } = bytes;
  const words = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
  const last = (byteOffset + to) / 4;
  let hash = hashBefore(bytes, from);
  for (let at = (byteOffset + from) / 4; at < last; at++) {
    const word = words[at];
    const first = ((hash << 1) + GEAR[word & 255]) | 0;
    const second = ((first << 1) + GEAR[(word >>> 8) & 255]) | 0;
    const third = ((second << 1) + GEAR[(word >>> 16) & 255]) | 0;
    hash = ((third << 1) + GEAR[word >>> 24]) | 0;
    if ((first & mask) === 0) return at * 4 - byteOffset + 1;
    if ((second & mask) === 0) return at * 4 - byteOffset + 2;
    if ((third & mask) === 0) return at * 4 - byteOffset + 3;
    if ((hash & mask) === 0) return at * 4 - byteOffset + 4;
  }
  return -1;
}

function hashBefore(bytes: Uint8Array, from: number): number {
  let hash = 0;
  for (let i = from - WINDOW_BYTES; i < from; i++) hash = ((hash << 1) + GEAR[bytes[i]]) | 0;
  return hash;
}
