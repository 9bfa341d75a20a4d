/**
 * SipHash-2-4 (Aumasson, Bernstein, 2012): a keyed 64-bit hash of short texts for which nothing has
 * to be loaded. Who doesn't know the key can't find two texts with one hash.
 */

/** A state word is a low and a high half: v0 at 0, v1 at 2, v2 at 4, v3 at 6. */
type State = Int32Array;

/** Hashes bytes under a key of 16 bytes; the 64 bits as 16 lower-case hexadecimal digits. */
export function sipHash(key: Uint8Array, bytes: Uint8Array): string {
  const [k0, k1, k2, k3] = [0, 4, 8, 12].map((at) => word(key, at));
  // The four words of ASCII are the paper's: "somepseudorandomlygeneratedbytes".
  const state = Int32Array.of(
    ...[k0 ^ 0x70736575, k1 ^ 0x736f6d65, k2 ^ 0x6e646f6d, k3 ^ 0x646f7261],
    ...[k0 ^ 0x6e657261, k1 ^ 0x6c796765, k2 ^ 0x79746573, k3 ^ 0x74656462],
  );
  const whole = bytes.length & ~7;
  for (let at = 0; at < whole; at += 8) absorb(state, word(bytes, at), word(bytes, at + 4));
  const last = new Uint8Array(8);
  last.set(bytes.subarray(whole));
  last[7] = bytes.length;
  absorb(state, word(last, 0), word(last, 4));
  state[4] ^= 0xff;
  for (let i = 0; i < 4; i++) round(state);
  const low = state[0] ^ state[2] ^ state[4] ^ state[6];
  const high = state[1] ^ state[3] ^ state[5] ^ state[7];
  return hex(high) + hex(low);
}

function absorb(state: State, low: number, high: number): void {
  state[6] ^= low;
  state[7] ^= high;
  round(state);
  round(state);
  state[0] ^= low;
  state[1] ^= high;
}

function round(state: State): void {
  mix(state, 0, 2, 13);
  swap(state, 0);
  mix(state, 4, 6, 16);
  mix(state, 0, 6, 21);
  mix(state, 4, 2, 17);
  swap(state, 4);
}

/** Adds the word at `b` to the one at `a`, rotates it by `bits` (below 32), and xors them. */
function mix(state: State, a: number, b: number, bits: number): void {
  const bLow = state[b], bHigh = state[b + 1];
  const low = (state[a] >>> 0) + (bLow >>> 0);
  const high = state[a + 1] + bHigh + (low > 0xffffffff ? 1 : 0);
  state[a] = low;
  state[a + 1] = high;
  state[b] = (bLow << bits | bHigh >>> 32 - bits) ^ state[a];
  state[b + 1] = (bHigh << bits | bLow >>> 32 - bits) ^ state[a + 1];
}

/** Rotates a word by 32 bits. */
function swap(state: State, at: number): void {
  const low = state[at];
  state[at] = state[at + 1];
  state[at + 1] = low;
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
}

function hex(half: number): string {
  return (half >>> 0).toString(16).padStart(8, "0");
}
