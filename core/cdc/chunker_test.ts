import assert from "node:assert/strict";
import fc from "fast-check";
import { openBlake3, toHex } from "#core/hash/mod.ts";
import { createChunker, parametersFor } from "./mod.ts";
import { GEAR } from "./gear.ts";
import { mixedBytes, randomBytes } from "./testdata.ts";

const SMALL = { min: 64, avg: 256, max: 1024 };

function cut(bytes: Uint8Array, parameters = SMALL): number[] {
  const { findCut } = createChunker(parameters);
  const lengths: number[] = [];
  for (let from = 0; from < bytes.length;) {
    const found = findCut(bytes, from, bytes.length);
    const end = found === -1 ? bytes.length : found;
    lengths.push(end - from);
    from = end;
  }
  return lengths;
}

/** The definition, byte by byte and without any shortcut. */
function cutByDefinition(bytes: Uint8Array, { min, avg, max } = SMALL): number[] {
  const lengths: number[] = [];
  for (let from = 0; from < bytes.length;) {
    let end = Math.min(from + max, bytes.length);
    for (let at = from + min + 1; at < end; at++) {
      let hash = 0n;
      for (let i = at - 32; i < at; i++) {
        hash = ((hash << 1n) + BigInt(GEAR[bytes[i]])) & 0xffffffffn;
      }
      const bits = Math.log2(avg) + (at - from <= (avg * 13) / 16 ? 2 : -2);
      if (hash >> BigInt(32 - bits) === 0n) end = at;
    }
    lengths.push(end - from);
    from = end;
  }
  return lengths;
}

Deno.test("GEAR is the documented table", async () => {
  assert.deepEqual(
    Array.from(GEAR.subarray(0, 4), (word) => word >>> 0),
    [0x6ef3b051, 0xa28e8dd1, 0x7f34b9e7, 0xfa371a12],
  );
  const littleEndian = new DataView(new ArrayBuffer(1024));
  GEAR.forEach((word, i) => littleEndian.setInt32(4 * i, word, true));
  const { hash } = await openBlake3({ only: "wasm" });
  assert.equal(
    toHex(hash(new Uint8Array(littleEndian.buffer))),
    "a33de4998af38b5d3e594eb24c58321c9070fa4bffdb70534c06026bd13832c7",
  );
});

Deno.test("findCut doesn't care where in memory the bytes lie", () => {
  const around = randomBytes(3000, 5);
  for (let start = 0; start < 8; start++) {
    for (const length of [0, 1, 63, 64, 65, 66, 67, 68, 257, 1800, 1801, 1802, 1803]) {
      const view = around.subarray(start, start + length);
      assert.deepEqual(cut(view), cutByDefinition(view), `${length} bytes at ${start}`);
    }
  }
});

Deno.test("findCut cuts the golden inputs where it always did", () => {
  assert.deepEqual(cut(randomBytes(1_000_000, 1), parametersFor(0)), [
    86241,
    51079,
    84727,
    123952,
    34572,
    79181,
    60700,
    45112,
    56058,
    78677,
    67024,
    168091,
    64586,
  ]);
  assert.deepEqual(cut(randomBytes(6000, 2)), [
    242,
    213,
    101,
    250,
    443,
    72,
    289,
    293,
    243,
    253,
    212,
    237,
    280,
    221,
    284,
    228,
    215,
    210,
    217,
    236,
    415,
    209,
    216,
    124,
    271,
    26,
  ]);
});

Deno.test("findCut agrees with the definition for any data", () => {
  fc.assert(
    fc.property(fc.nat(6000), fc.integer(), (length, seed) => {
      const bytes = mixedBytes(length, seed);
      assert.deepEqual(cut(bytes), cutByDefinition(bytes));
    }),
    { numRuns: 20 },
  );
});

Deno.test("findCut keeps every chunk but the last within bounds", () => {
  fc.assert(fc.property(fc.nat(40_000), fc.integer(), (length, seed) => {
    const lengths = cut(mixedBytes(length, seed));
    assert.equal(lengths.reduce((sum, n) => sum + n, 0), length);
    assert.ok(lengths.every((n) => n <= SMALL.max && n > 0));
    assert.ok(lengths.slice(0, -1).every((n) => n >= SMALL.min));
  }));
});

Deno.test("findCut makes chunks of avg bytes on average from random data", () => {
  const bytes = randomBytes(16 << 20, 7);
  for (const parameters of [parametersFor(0), SMALL, { min: 512, avg: 4096, max: 32_768 }]) {
    const mean = bytes.length / cut(bytes, parameters).length;
    const ratio = mean / parameters.avg;
    assert.ok(ratio > 0.7 && ratio < 1.3, `${parameters.avg}: ${ratio}`);
  }
});

Deno.test("findCut finds the same when bytes arrive bit by bit", () => {
  const { findCut } = createChunker(SMALL);
  const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 });
  fc.assert(fc.property(fc.nat(4000), fc.integer(), sizes, (from, seed, steps) => {
    const bytes = mixedBytes(from + 3000, seed);
    const whole = findCut(bytes, from, bytes.length);
    let searched = from;
    let to = from;
    for (let i = 0, found = -1; found === -1; i++) {
      to += steps[i % steps.length];
      found = findCut(bytes, from, Math.min(to, bytes.length), searched);
      if (found !== -1) assert.equal(found, whole);
      searched = to;
    }
  }));
});

Deno.test("findCut sees only the chunk's own bytes", () => {
  const { findCut } = createChunker(SMALL);
  fc.assert(fc.property(fc.nat(500), fc.integer(), (from, seed) => {
    const bytes = randomBytes(from + 2000, seed);
    const alone = bytes.slice(from);
    assert.equal(findCut(bytes, from, bytes.length) - from, findCut(alone, 0, alone.length));
  }));
});

Deno.test("findCut changes few chunks when a byte is inserted", () => {
  fc.assert(fc.property(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (seed, place) => {
    const bytes = randomBytes(60_000, seed);
    const at = Math.floor(place * bytes.length);
    const edited = new Uint8Array(bytes.length + 1);
    edited.set(bytes.subarray(0, at));
    edited[at] = seed;
    edited.set(bytes.subarray(at), at + 1);
    const ends = (lengths: number[]) => {
      let end = 0;
      return lengths.map((length) => end += length);
    };
    const before = new Set(ends(cut(bytes)));
    const after = ends(cut(edited)).map((end) => (end > at ? end - 1 : end));
    const moved = after.filter((end) => !before.has(end)).length;
    assert.ok(moved <= 25, `${moved} of ${after.length} cuts moved`);
  }));
});

Deno.test("findCut gives chunks of max bytes in data without any variety", () => {
  assert.deepEqual(cut(new Uint8Array(2500)), [1024, 1024, 452]);
});

Deno.test("findCut asks for more when the data ends before the chunk does", () => {
  const { findCut } = createChunker(SMALL);
  assert.equal(findCut(new Uint8Array(0), 0, 0), -1);
  assert.equal(findCut(new Uint8Array(1), 0, 1), -1);
  assert.equal(findCut(new Uint8Array(1023), 0, 1023), -1);
  assert.equal(findCut(new Uint8Array(1024), 0, 1024), 1024);
});
