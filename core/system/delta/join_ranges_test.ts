import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { type ChunkList, chunkPart } from "#core/cdc/mod.ts";
import { openBlake3 } from "#core/hash/mod.ts";
import { noise } from "../system_conformance_help.ts";
import { RangeJoiner } from "./join_ranges.ts";

const blake3 = await openBlake3();
const parameters = { min: 64, avg: 256, max: 1024 };

/** A file in memory, as it is cut. */
function open(bytes: Uint8Array) {
  const source = {
    read(into: Uint8Array, position: number): number {
      const piece = bytes.subarray(position, position + into.length);
      into.set(piece);
      return piece.length;
    },
  };
  const cut = (from: number, until: number): ChunkList =>
    chunkPart(source, { parameters, blake3, from, stopAt: (end) => end >= until });
  return { cut, whole: chunkPart(source, { parameters, blake3 }) };
}

/** Noise with runs of one byte in it, where cuts of two sequences may never meet. */
const content = fc.array(
  fc.record({ length: fc.nat(9000), seed: fc.nat(), isRun: fc.boolean() }),
  { maxLength: 8 },
).map((parts) =>
  new Uint8Array(parts.flatMap(({ length, seed, isRun }) => (
    isRun ? new Array(length).fill(seed & 255) : [...noise(length, seed)]
  )))
);

Deno.test("RangeJoiner gives what cutting in one go gives", () => {
  fc.assert(
    fc.property(content, fc.integer({ min: 1000, max: 9000 }), fc.nat(3000), (
      bytes,
      step,
      overlap,
    ) => {
      const { cut, whole } = open(bytes);
      const joiner = new RangeJoiner();
      for (let from = 0; joiner.end < bytes.length; from += step) {
        const range = cut(from, Math.min(bytes.length, from + step + overlap));
        while (!joiner.add(range)) joiner.goOn(cut(joiner.end, joiner.end + 1));
      }
      const { lengths, hashes } = joiner.take();
      deepEqual(lengths, whole.lengths);
      deepEqual(hashes, whole.hashes);
      equal(joiner.count, whole.lengths.length);
    }),
    { numRuns: 60 },
  );
});
