import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { openBlake3 } from "#core/hash/mod.ts";
import type { PackItem } from "#core/system/mod.ts";
import { readParcel } from "#core/system/parcel/format.ts";
import { FetchedFile } from "./fetched_file.ts";

/** A file that comes in pieces of such lengths. */
function fetched(
  content: Uint8Array,
  lengths: number[],
  { size = content.length, sum }: { size?: number; sum?: Uint8Array } = {},
): FetchedFile {
  const pieces = async function* () {
    for (let at = 0, i = 0; at < content.length; i++) {
      const length = lengths[i % lengths.length];
      yield await Promise.resolve(content.subarray(at, at + length));
      at += length;
    }
  };
  const expected = sum ?? createHash("sha256").update(content).digest();
  return new FetchedFile("source", { size, pieces: pieces(), expected });
}

/** What the parcels of one range hold, whose hash has to be right. */
async function unpacked(file: FetchedFile, item: Partial<PackItem>): Promise<Uint8Array> {
  const items = [{ source: 0, path: "file", ...item }], parts: number[] = [];
  let hash: Uint8Array | undefined;
  for await (const parcel of file.pack({ sources: ["/"], items, followLinks: false })) {
    for (const record of readParcel(parcel)) {
      if (record.kind === "open") assert.equal(record.file.size, file.size);
      if (record.kind === "data") parts.push(...record.bytes);
      if (record.kind === "close") hash = record.hash.slice();
    }
  }
  const bytes = new Uint8Array(parts);
  assert.deepEqual(hash, (await openBlake3()).hash(bytes));
  return bytes;
}

Deno.test("FetchedFile packs its ranges in their order, however they are asked for", async () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 400 });
  const lengths = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });
  const all = fc.asyncProperty(bytes, lengths, fc.integer({ min: 1, max: 100 }), fc.nat(), async (
    content,
    lengths,
    segment,
    turn,
  ) => {
    const file = fetched(content, lengths);
    assert.deepEqual(await unpacked(file, { length: 0 }), new Uint8Array());
    const offsets = Array.from(
      { length: Math.ceil(content.length / segment) },
      (_, i) => i * segment,
    );
    const shifted = offsets.map((_, i) => offsets[(i + turn) % offsets.length]);
    const found = new Map(
      await Promise.all(shifted.map(async (offset) => {
        const length = Math.min(segment, content.length - offset);
        return [offset, await unpacked(file, { offset, length })] as const;
      })),
    );
    assert.deepEqual(offsets.flatMap((offset) => [...found.get(offset)!]), [...content]);
    assert.equal(file.checksum, createHash("sha256").update(content).digest("hex"));
    assert.deepEqual(await unpacked(file, { length: 0 }), new Uint8Array());
  });
  await fc.assert(all, { numRuns: 200 });
});

Deno.test("FetchedFile packs an empty file, and one without an end to its parcels", async () => {
  const empty = fetched(new Uint8Array(), [1]);
  assert.deepEqual(await unpacked(empty, {}), new Uint8Array());
  const large = new Uint8Array(3_000_000).map((_, i) => i * 7);
  assert.deepEqual(await unpacked(fetched(large, [65_536]), {}), large);
});

Deno.test("FetchedFile fails what is short, long, or not as expected, and all that waits", async () => {
  const content = new Uint8Array(300).fill(5);
  const sum = new Uint8Array();
  const cases: [FetchedFile, RegExp][] = [
    [fetched(content, [100], { size: 301, sum }), /ended before/],
    [fetched(content, [100], { size: 299, sum }), /more came/],
    [fetched(content, [100], { sum: new Uint8Array(32) }), /SHA-256/],
  ];
  for (const [file, says] of cases) {
    const waiting = unpacked(file, { offset: 10_000, length: 1 });
    await assert.rejects(unpacked(file, {}), says);
    await assert.rejects(waiting, /is over/);
    assert.throws(() => file.checksum);
  }
});

Deno.test("FetchedFile refuses what has gone by, instead of waiting for it", async () => {
  const file = fetched(new Uint8Array(300), [40]);
  await unpacked(file, { offset: 0, length: 100 });
  for (const offset of [0, 50]) {
    await assert.rejects(unpacked(file, { offset, length: 100 }), { code: "unavailable" });
  }
  await unpacked(file, { offset: 100, length: 200 });
});
