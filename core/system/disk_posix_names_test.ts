/** Packed names and their order. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { compareBytes, decodeName, encodeName } from "#core/names.ts";
import { NativeMemory } from "#core/posix/mod.ts";
import { namesIn, putFile } from "./disk_conformance_help.ts";
import { testPosix } from "./disk_posix_help.ts";
import { CHUNK_BYTES, PackedNames, packNames } from "./disk_posix_names.ts";
import { sortNames } from "./disk_posix_order.ts";

/** Memory that no C function will look at. */
const allocate = (size: number) => new NativeMemory({ addressOf: () => 0n }, size);

const pack = (names: Uint8Array[]) =>
  packNames(names.map((bytes) => ({ bytes, type: bytes.length % 13 })), allocate);

const listed = (names: PackedNames) =>
  Array.from({ length: names.count }, (_, index) => [...names.bytes(index)]);

/** A name's bytes, from few letters so that names share beginnings. */
const bytes = fc.oneof(
  fc.array(fc.constantFrom(1, 97, 98, 255), { minLength: 1, maxLength: 12 }),
  fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 255 }),
).map((list) => Uint8Array.from(list));

Deno.test("sortNames orders any names by their bytes", () => {
  const lists = fc.tuple(fc.array(bytes, { maxLength: 300 }), fc.array(bytes, { maxLength: 1 }));
  fc.assert(
    fc.property(lists, fc.boolean(), ([names, prefix], reversed) => {
      const start = [...prefix[0] ?? []].slice(0, 100);
      const all = names.map((name) => Uint8Array.from([...start, ...name]));
      const sorted = pack(all);
      const order = sorted.order.slice();
      if (reversed) order.reverse();
      else shuffle(order);
      const shuffled = sortNames(new PackedNames(sorted.chunks, order));
      deepEqual(listed(shuffled), listed(sorted));
      const twice = Uint32Array.from([...order, ...order.slice(0, 3)]);
      deepEqual(listed(sortNames(new PackedNames(sorted.chunks, twice))), listed(sorted));
    }),
    { numRuns: 200 },
  );
});

Deno.test("sortNames gives names once that a file system lists twice", () => {
  const once = pack(["a", "b", "c"].map(encodeName));
  const [a, b, c] = once.order;
  for (const order of [[a, a, b, c], [c, c, b, a], [b, a, c, b, a], [a, b, c, c]]) {
    const names = sortNames(new PackedNames(once.chunks, Uint32Array.from(order)));
    deepEqual(listed(names), listed(once));
  }
  const many = new PackedNames(once.chunks, new Uint32Array(500).fill(b));
  equal(sortNames(many).count, 1);
});

Deno.test("packNames keeps each name once, over as many chunks as it takes", () => {
  const names = Array.from(
    { length: 3000 },
    (_, i) => encodeName(`${i * 7919 % 3000}`.padEnd(250)),
  );
  const packed = pack([...names, ...names.slice(0, 10)]);
  equal(packed.count, 3000);
  equal(packed.chunks.length, Math.ceil(3000 * 252 / CHUNK_BYTES));
  deepEqual(listed(packed), names.toSorted(compareBytes).map((name) => [...name]));
  equal(packed.type(17), 250 % 13);
  deepEqual(pack([]).count, 0);
});

testPosix("list reads directories of several buffers in order", ({ tree }) => {
  const names = Array.from(
    { length: 6000 },
    (_, i) => `${(i * 2654435761 >>> 0).toString(36)}-${"n".repeat(i % 60)}`,
  );
  for (const name of names) putFile(tree, name);
  const expected = names.map(encodeName).toSorted(compareBytes).map(decodeName);
  deepEqual(namesIn(tree, ""), expected);
});

/** Fisher and Yates, with a fixed sequence. */
function shuffle(order: Uint32Array): void {
  for (let i = order.length - 1, seed = 1; i > 0; i--) {
    seed = (seed * 48271) % 2147483647;
    const j = seed % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
}
