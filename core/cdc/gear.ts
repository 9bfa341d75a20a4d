/**
 * The gear table: a random 32-bit number for each byte value.
 *
 * Number `i` is the `i`-th output of SplitMix32: the 32-bit finaliser of MurmurHash3 (Appleby,
 * public domain) applied to `seed + (i + 1) * 0x9e3779b9`, all modulo 2^32. The seed is "Orbi" in
 * ASCII. Anything that reimplements this gets the same cuts.
 */

/** Names the table in algorithm ids; a changed table needs another name. */
export const GEAR_ID = "splitmix32-4f726269";

const SEED = 0x4f726269;
const GOLDEN_RATIO = 0x9e3779b9;

/** The table as signed words, which is what 32-bit arithmetic in JavaScript gives. */
export const GEAR: Int32Array = createGear();

function createGear(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, i) => mix(SEED + Math.imul(i + 1, GOLDEN_RATIO)));
}

function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
