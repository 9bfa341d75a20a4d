import { strictEqual as equal } from "node:assert/strict";
import { sipHash } from "./siphash.ts";

/** The first bytes that count from 0. */
function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i);
}

Deno.test("sipHash gives the reference implementation's results", () => {
  const key = counting(16);
  // "vectors.h" of the reference implementation, read as little-endian numbers.
  const expected: [length: number, hash: string][] = [
    [0, "726fdb47dd0e0e31"],
    [1, "74f839c593dc67fd"],
    [7, "ab0200f58b01d137"],
    [8, "93f5f5799a932462"],
    [15, "a129ca6149be45e5"],
    [16, "3f2acc7f57c29bdb"],
  ];
  for (const [length, hash] of expected) equal(sipHash(key, counting(length)), hash, `${length}`);
});

Deno.test("sipHash depends on every byte of key and text", () => {
  const results = new Set([sipHash(counting(16), counting(20))]);
  for (let i = 0; i < 16; i++) {
    results.add(sipHash(counting(16).with(i, 99), counting(20)));
  }
  for (let i = 0; i < 20; i++) results.add(sipHash(counting(16), counting(20).with(i, 99)));
  equal(results.size, 37);
});
