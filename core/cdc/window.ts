/** The rolling hash over the last bytes of the input. */
import { GEAR } from "./gear.ts";

/** Bytes that the hash depends on: each step shifts by one bit, and the word has 32. */
export const WINDOW_BYTES = 32;

const GEAR_SHIFTED = GEAR.map((word) => word << 1);

/**
 * Looks for the first place in `(from, to]` at which the window hash has no bit of `mask` set, and
 * returns it, or -1. The 32 bytes before `from` must be there: a hash depends on nothing
 * else, so a search that was broken off goes on as if it hadn't been.
 *
 * Two bytes a turn (as in FastCDC, 2020), which shortens the chain of operations that wait for one
 * another.
 */
export function findInWindow(bytes: Uint8Array, from: number, to: number, mask: number): number {
  if (from >= to) return -1;
  let hash = 0;
  for (let i = from - WINDOW_BYTES; i < from; i++) hash = ((hash << 1) + GEAR[bytes[i]]) | 0;
  let i = from;
  for (const pairs = to - 1; i < pairs; i += 2) {
    const a = bytes[i], b = bytes[i + 1];
    const between = ((hash << 1) + GEAR[a]) | 0;
    hash = ((hash << 2) + ((GEAR_SHIFTED[a] + GEAR[b]) | 0)) | 0;
    if ((between & mask) === 0) return i + 1;
    if ((hash & mask) === 0) return i + 2;
  }
  if (i < to && ((((hash << 1) + GEAR[bytes[i]]) | 0) & mask) === 0) return i + 1;
  return -1;
}
