/**
 * Hashing: BLAKE3 for the identity of every file and chunk, and checksum lists that `b3sum` reads.
 *
 * @module
 */
export { type Blake3, type Blake3Options, type Hasher, openBlake3 } from "./blake3.ts";
export { nativeAddonPath } from "./native_path.ts";
export { sipHash } from "./siphash.ts";
export { equalBytes, fromHex, HASH_BYTES, toHex } from "./digest.ts";
export {
  formatSumLine,
  parseSumLine,
  readSumList,
  type SumLine,
  type SumLineOptions,
  type SumListItem,
} from "./sum_lines.ts";
