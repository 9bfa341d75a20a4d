import assert from "node:assert/strict";
import fc from "fast-check";
import { OrbitError } from "#core/errors.ts";
import { type Blake3, openBlake3, toHex } from "#core/hash/mod.ts";
import {
  BATCH_CHUNKS,
  checkChunkIndex,
  chunkFile,
  type ChunkList,
  chunkPart,
  chunksOf,
  concatChunkLists,
  createChunkIndexHeader,
  endOf,
  parametersFor,
} from "./mod.ts";
import { memorySource, mixedBytes, randomBytes } from "./testdata.ts";

const parameters = { min: 64, avg: 256, max: 1024 };
const blake3: Blake3 = await openBlake3();

Deno.test("chunkFile's chunks concatenate to the input, each with its hash", () => {
  const maxRead = fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 3000 }));
  fc.assert(fc.property(fc.nat(20_000), fc.integer(), maxRead, (length, seed, maxRead) => {
    const bytes = mixedBytes(length, seed);
    const whole = blake3.create();
    const lists: ChunkList[] = [];
    const end = chunkFile(memorySource(bytes, maxRead), {
      parameters,
      blake3,
      buffer: new Uint8Array(2048),
      observe: (read) => whole.update(read),
      sink: (list) => lists.push(list),
    });
    assert.equal(end, length);
    assert.deepEqual(whole.digest(), blake3.hash(bytes));
    let at = 0;
    for (const { offset, length, hash } of lists.flatMap((list) => [...chunksOf(list)])) {
      assert.equal(offset, at);
      assert.deepEqual(hash, blake3.hash(bytes.subarray(at, at + length)));
      at += length;
    }
    assert.equal(at, length);
  }));
});

Deno.test("chunkFile doesn't depend on the buffer or the sizes of reads", () => {
  const bytes = mixedBytes(3_000_000, 3);
  const expected = chunkPart(memorySource(bytes), { parameters, blake3 });
  for (const [maxRead, bufferBytes] of [[1000, 2048], [70_000, 100_000], [Infinity, 4_000_000]]) {
    const buffer = new Uint8Array(bufferBytes);
    const source = memorySource(bytes, maxRead);
    assert.deepEqual(chunkPart(source, { parameters, blake3, buffer }), expected);
  }
});

Deno.test("chunkFile hands on lists of bounded length that fit together", () => {
  const bytes = randomBytes(3_000_000, 4);
  const lists: ChunkList[] = [];
  chunkFile(memorySource(bytes), { parameters, blake3, sink: (list) => lists.push(list) });
  assert.ok(lists.length > 1);
  lists.reduce((end, list) => {
    assert.equal(list.offset, end);
    assert.ok(list.lengths.length > 0 && list.lengths.length <= BATCH_CHUNKS);
    return endOf(list);
  }, 0);
  const whole = chunkPart(memorySource(bytes), { parameters, blake3 });
  assert.deepEqual(concatChunkLists(lists), whole);
});

Deno.test("chunkFile hands on nothing when the source is empty", () => {
  const sink = () => assert.fail("a list without chunks");
  assert.equal(chunkFile(memorySource(new Uint8Array(0)), { parameters, blake3, sink }), 0);
});

Deno.test("chunkPart makes one chunk of one byte", () => {
  const bytes = Uint8Array.of(7);
  const list = chunkPart(memorySource(bytes), { parameters, blake3 });
  assert.deepEqual(list, {
    offset: 0,
    lengths: Uint32Array.of(1),
    hashes: blake3.hash(bytes),
  });
});

Deno.test("chunkPart gives the golden chunks", () => {
  const options = { parameters: parametersFor(0), blake3 };
  const list = chunkPart(memorySource(randomBytes(1_000_000, 1)), options);
  assert.equal(
    toHex(blake3.hash(list.hashes)),
    "f1cf13dfd2fc5e89cfc42738e325a30e5f82c8d0cf20b3da2ec07a19085703ca",
  );
});

Deno.test("chunkPart stops at the first cut it is told to, starting anywhere", () => {
  const bytes = randomBytes(20_000, 5);
  const from = 777;
  const stopAt = (end: number) => end >= 5000;
  const part = chunkPart(memorySource(bytes), { parameters, blake3, from, stopAt });
  const rest = chunkPart(memorySource(bytes.subarray(from)), { parameters, blake3 });
  assert.equal(part.offset, from);
  assert.ok(endOf(part) >= 5000 && endOf(part) < 5000 + parameters.max);
  assert.deepEqual(part.lengths, rest.lengths.slice(0, part.lengths.length));
});

Deno.test("chunkFile refuses a buffer that a chunk may not fit into", () => {
  const buffer = new Uint8Array(2 * parameters.max - 1);
  assert.throws(
    () => chunkPart(memorySource(buffer), { parameters, blake3, buffer }),
    (error) => error instanceof OrbitError && error.code === "invalid",
  );
});

Deno.test("checkChunkIndex takes what createChunkIndexHeader made, and nothing altered", () => {
  const list = chunkPart(memorySource(randomBytes(20_000, 6)), { parameters, blake3 });
  const header = createChunkIndexHeader(list, parameters);
  assert.deepEqual(checkChunkIndex(structuredClone(header), structuredClone(list)), parameters);
  const shorter = list.lengths.slice();
  shorter[0] -= 1;
  const uneven = list.lengths.slice();
  uneven[1] += uneven[0] - 1;
  uneven[0] = 1;
  const altered: [typeof header, ChunkList][] = [
    [{ ...header, fileSize: 19_999 }, list],
    [{ ...header, chunkCount: header.chunkCount + 1 }, list],
    [header, { ...list, lengths: shorter }],
    [header, { ...list, lengths: uneven }],
    [header, { ...list, hashes: list.hashes.slice(1) }],
    [header, { ...list, offset: 1 }],
  ];
  for (const [header, list] of altered) {
    assert.throws(
      () => checkChunkIndex(header, list),
      (error) => error instanceof OrbitError && error.code === "corrupt",
    );
  }
});
