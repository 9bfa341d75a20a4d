import assert from "node:assert/strict";
import fc from "fast-check";
import { OrbitError } from "#core/errors.ts";
import { openBlake3 } from "#core/hash/mod.ts";
import {
  type BridgeRequest,
  chunkBridge,
  type ChunkList,
  chunkPart,
  chunkSegment,
  joinChunkLists,
  planSegments,
} from "./mod.ts";
import { memorySource, mixedBytes, randomBytes } from "./testdata.ts";

const parameters = { min: 64, avg: 256, max: 1024 };
const options = { parameters, blake3: await openBlake3() };

interface Joined {
  list: ChunkList;
  /** Bytes that had to be chunked again. */
  bridged: number;
}

function chunkFrom(bytes: Uint8Array, starts: number[]): Joined {
  const source = memorySource(bytes);
  const lists = starts.map((from, i) =>
    chunkSegment(source, { ...options, segment: { from, until: starts[i + 1] ?? Infinity } })
  );
  let bridged = 0;
  const bridge = (request: BridgeRequest) => {
    const list = chunkBridge(source, { ...options, request });
    bridged += list.lengths.reduce((sum, length) => sum + length, 0);
    return list;
  };
  return { list: joinChunkLists(lists, bridge), bridged };
}

const DATA: [title: string, make: (length: number, seed: number) => Uint8Array][] = [
  ["random", randomBytes],
  ["mixed", mixedBytes],
  ["equal", (length, seed) => new Uint8Array(length).fill(seed)],
];

for (const [title, make] of DATA) {
  Deno.test(`joinChunkLists gives the sequential list for any starts in ${title} data`, () => {
    const starts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });
    fc.assert(fc.property(fc.nat(30_000), fc.integer(), starts, (length, seed, fractions) => {
      const bytes = make(length, seed);
      const inner = fractions.map((f) => Math.floor(f * length)).sort((a, b) => a - b);
      const sequential = chunkPart(memorySource(bytes), options);
      assert.deepEqual(chunkFrom(bytes, [0, ...inner]).list, sequential);
    }));
  });
}

Deno.test("joinChunkLists chunks little again when the data is random", () => {
  const bytes = randomBytes(1_000_000, 1);
  const starts = planSegments(bytes.length, { count: 4, parameters }).map(({ from }) => from);
  assert.equal(starts.length, 4);
  assert.ok(chunkFrom(bytes, starts).bridged < 50_000);
});

Deno.test("joinChunkLists chunks nothing again when a file of equal bytes is planned", () => {
  const bytes = new Uint8Array(100_000);
  const starts = planSegments(bytes.length, { count: 3, parameters }).map(({ from }) => from);
  assert.equal(chunkFrom(bytes, starts).bridged, 0);
});

Deno.test("joinChunkLists throws when the file shrank in between", () => {
  const bytes = randomBytes(40_000, 2);
  const lists = [{ from: 0, until: 20_000 }, { from: 20_000, until: 40_000 }].map((segment) =>
    chunkSegment(memorySource(bytes), { ...options, segment })
  );
  const shrunk = memorySource(bytes.subarray(0, 20_000));
  assert.throws(
    () => joinChunkLists(lists, (request) => chunkBridge(shrunk, { ...options, request })),
    (error) => error instanceof OrbitError && error.code === "conflict",
  );
});

Deno.test("planSegments covers the file with at most so many segments", () => {
  fc.assert(fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 9 }), (size, count) => {
    const segments = planSegments(size, { count, parameters });
    assert.ok(segments.length >= 1 && segments.length <= count);
    assert.equal(segments[0].from, 0);
    assert.equal(segments.at(-1)!.until, size);
    segments.forEach(({ from, until }, i) => {
      assert.equal(from % parameters.max, 0);
      assert.ok(until > from || size === 0);
      if (i > 0) assert.equal(segments[i - 1].until, from);
    });
  }));
});

Deno.test("planSegments refuses what is no size or count", () => {
  for (const [size, count] of [[-1, 1], [1.5, 1], [1, 0], [1, NaN]]) {
    assert.throws(() => planSegments(size, { count, parameters }), OrbitError);
  }
});
