import { deepStrictEqual as deepEqual, ok, strictEqual as equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { OrbitError } from "#core/errors.ts";
import { PARCEL_BYTES, type ParcelRecord, ParcelWriter, readParcel } from "./format.ts";

const FILE = { size: 7, mtime: -5, mtimeNs: 999_999_999, version: "v:1", hasHoles: true };
const HASH = new Uint8Array(32).fill(7);
const ERROR = { code: "denied", message: "no", detail: { errno: "EACCES", path: "a" } } as const;

function data(writer: ParcelWriter, index: number, bytes: Uint8Array): void {
  writer.data(index, bytes.length, (into) => (into.set(bytes), bytes.length));
}

function corrupt(parcel: Uint8Array<ArrayBuffer>): void {
  throws(
    () => [...readParcel(parcel)],
    (error) => error instanceof OrbitError && error.code === "corrupt",
  );
}

Deno.test("a parcel gives back what was written", () => {
  const writer = new ParcelWriter();
  writer.open(0, FILE);
  data(writer, 0, Uint8Array.of(1, 2, 3));
  writer.zeros(0, 2 ** 40);
  writer.close(0, HASH);
  writer.fail(1, ERROR);
  const records: ParcelRecord[] = [...readParcel(writer.take())];
  deepEqual(records, [
    { kind: "open", index: 0, file: FILE },
    { kind: "data", index: 0, bytes: Uint8Array.of(1, 2, 3) },
    { kind: "zeros", index: 0, length: 2 ** 40 },
    { kind: "close", index: 0, hash: HASH },
    {
      kind: "fail",
      index: 1,
      error: { ...ERROR, detail: { ...ERROR.detail, side: "source" } },
    },
  ]);
  ok(writer.isEmpty);
});

Deno.test("a parcel that was taken is its taker's own, short or full", () => {
  for (const size of [10, PARCEL_BYTES / 2]) {
    const spare = {};
    using writer = new ParcelWriter(spare);
    data(writer, 0, new Uint8Array(size).fill(1));
    const first = writer.take();
    data(writer, 0, new Uint8Array(size).fill(2));
    const second = writer.take();
    ok(first.buffer !== second.buffer);
    equal([...readParcel(first)][0].kind === "data" && first.at(-1), 1);
    structuredClone(first, { transfer: [first.buffer] });
    equal(second.at(-1), 2);
    data(writer, 0, Uint8Array.of(3));
    equal(writer.take().at(-1), 3);
  }
});

Deno.test("an error too long for a parcel is cut, and does nothing to a terminal", () => {
  const writer = new ParcelWriter();
  const message = `\x1b[31m${"x".repeat(100_000)}`;
  writer.fail(0, { code: "internal", message, detail: { path: "y".repeat(100_000) } });
  const [record] = readParcel(writer.take());
  if (record.kind !== "fail") throw new Error(record.kind);
  ok(record.error.message.length <= 2048);
  ok(!record.error.message.includes("\x1b"));
  equal(record.error.detail.path, undefined);
});

Deno.test("whatever is cut off, or isn't what it says, is no parcel", () => {
  const writer = new ParcelWriter();
  writer.open(0, FILE);
  data(writer, 0, Uint8Array.of(1, 2, 3));
  const sound = writer.take();
  const heads = new Set([0, 5 + 23 + FILE.version.length]);
  for (let length = 1; length < sound.length; length++) {
    if (!heads.has(length)) corrupt(sound.slice(0, length));
  }
  corrupt(new Uint8Array(PARCEL_BYTES + 1));
  writer.zeros(0, 1.5);
  corrupt(writer.take());
  writer.open(0, { ...FILE, mtimeNs: 1_000_000_000 });
  corrupt(writer.take());
  writer.open(0, { ...FILE, size: -1 });
  corrupt(writer.take());
  writer.fail(0, { ...ERROR, code: "constructor" as "denied" });
  corrupt(writer.take());
});

Deno.test("no bytes do more than to be refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 6 }), (raw, kind) => {
      if (raw.length > 0) raw[0] = kind;
      try {
        for (const record of readParcel(new Uint8Array(raw))) ok(record.index >= 0);
      } catch (error) {
        ok(error instanceof OrbitError, `${error}`);
        equal(error.code, "corrupt");
      }
    }),
    { numRuns: 2000 },
  );
});
