/** Reproducible data for the tests of this folder. */
import type { ByteSource } from "./chunk_file.ts";

/** Pseudo-random bytes (Marsaglia's xorshift32), the same for the same seed. */
export function randomBytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed ^ 0x9e3779b9) || 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/**
 * Data like that of real files: stretches of noise, of one repeated byte and of short patterns,
 * some of them seen before.
 */
export function mixedBytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const noise = randomBytes(length, seed);
  const bytes = noise.slice();
  const choices = randomBytes(4096, ~seed);
  for (let at = 0, turn = 0; at < length; turn = (turn + 3) % 4092) {
    const end = at + 200 + choices[turn] * 100;
    const kind = choices[turn + 1] % 4;
    if (kind === 0) bytes.fill(choices[turn + 2], at, end);
    if (kind === 1) bytes.set(noise.subarray(0, Math.min(end, length) - at), at);
    if (kind === 2) {
      for (let i = at + 7; i < Math.min(end, length); i++) bytes[i] = bytes[i - 7];
    }
    at = end;
  }
  return bytes;
}

/** A source over bytes in memory that gives at most `maxRead` of them at a time. */
export function memorySource(bytes: Uint8Array, maxRead = Infinity): ByteSource {
  return {
    read(into, position) {
      const piece = bytes.subarray(position, position + Math.min(into.length, maxRead));
      into.set(piece);
      return piece.length;
    },
  };
}
