/** Content on its way: pack, receive, and what a source may send. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { openBlake3 } from "#core/hash/mod.ts";
import { PARCEL_BYTES, type ParcelRecord, readParcel } from "./parcel/format.ts";
import type { PackItem, PackSource } from "./parcel/request.ts";
import { createTestContent } from "./parcel/test_content.ts";
import type { OrbitSystem, TransferOptions } from "./system.ts";
import { copyOf, how, type SystemCase } from "./system_conformance_bed.ts";
import {
  bytesAt,
  find,
  makeDirectories,
  makeLink,
  noise,
  pathsIn,
  put,
  rejection,
  textAt,
  utf8,
} from "./system_conformance_help.ts";

/** Everything that packing items gives. */
async function unpacked(
  system: OrbitSystem,
  base: string,
  items: Partial<PackItem>[],
  followLinks = false,
): Promise<ParcelRecord[]> {
  const records: ParcelRecord[] = [];
  const all = items.map((item) => ({ source: 0, path: "", ...item }));
  for await (const parcel of system.pack({ sources: [base], items: all, followLinks })) {
    ok(parcel.length > 0 && parcel.length <= PARCEL_BYTES);
    records.push(...readParcel(parcel));
  }
  return records;
}

/** The bytes of one item's data and zeros. */
function contentOf(records: ParcelRecord[], index: number): Uint8Array {
  const pieces = records.flatMap((record) => {
    if (record.index !== index) return [];
    if (record.kind === "data") return [record.bytes];
    return record.kind === "zeros" ? [new Uint8Array(record.length)] : [];
  });
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

/** Has a system make copies of a source's files. */
function take(
  system: OrbitSystem,
  base: string,
  source: PackSource,
  paths: string[],
  options: TransferOptions = {},
) {
  const actions = paths.map((path) => copyOf(path, 5));
  return system.receive({ sources: ["/"], base, actions, options: how() }, source, options);
}

/** A source that sends these parcels, whatever is asked. */
function sending(...parcels: Uint8Array<ArrayBuffer>[]): PackSource {
  return {
    name: "test",
    async *pack() {
      for (const parcel of parcels) yield parcel.slice();
    },
  };
}

export const contentCases: SystemCase[] = [
  ["pack gives files in order, each with its facts and its hash", async ({ system, base }) => {
    const blake3 = await openBlake3();
    const files = { big: noise(1_500_000), small: utf8("hello"), empty: new Uint8Array() };
    for (const [path, bytes] of Object.entries(files)) {
      await put(system, base, path, bytes, { mtime: 1_100_000_000, mtimeNs: 123_000_000 });
    }
    const records = await unpacked(system, base, Object.keys(files).map((path) => ({ path })));
    deepEqual([...new Set(records.map(({ index }) => index))], [0, 1, 2]);
    for (const [index, bytes] of Object.values(files).entries()) {
      const own = records.filter((record) => record.index === index);
      const [first, last] = [own[0], own.at(-1)!];
      if (first.kind !== "open" || last.kind !== "close") {
        throw new Error("neither opened nor closed");
      }
      const { size, mtime, mtimeNs } = first.file;
      deepEqual([size, mtime, mtimeNs], [bytes.length, 1_100_000_000, 123_000_000]);
      deepEqual(contentOf(own, index), new Uint8Array(bytes));
      deepEqual(new Uint8Array(last.hash), new Uint8Array(blake3.hash(bytes)));
    }
  }],

  ["pack gives ranges, and facts alone for none", async ({ system, base }) => {
    await put(system, base, "file", "0123456789");
    const path = "file";
    const records = await unpacked(system, base, [
      ...[{ path, offset: 2, length: 3 }, { path, offset: 7 }, { path, length: 0 }],
    ]);
    const texts = [0, 1, 2].map((index) => new TextDecoder().decode(contentOf(records, index)));
    deepEqual(texts, ["234", "789", ""]);
    const versions = records.flatMap((record) => record.kind === "open" ? record.file.version : []);
    equal(versions.length, 3);
    equal(new Set(versions).size, 1);
  }],

  ["pack gives the chunks of a range when a recipe is asked for", async ({ system, base }) => {
    const content = noise(700_000);
    await put(system, base, "file", content);
    const parameters = { min: 16_384, avg: 65_536, max: 262_144 };
    const ask = async (from: number, until: number) => {
      const recipe = { parameters, from, until };
      const records = await unpacked(system, base, [{ path: "file", length: 0, recipe }]);
      deepEqual([records[0].kind, records.at(-1)!.kind], ["open", "close"]);
      return records.flatMap((record) => record.kind === "chunks" ? [record.chunks] : []);
    };
    const lists = await Array.fromAsync(system.chunkFile(`${base}/file`, parameters));
    const [{ lengths, hashes }] = await ask(0, content.length);
    deepEqual([lengths, hashes], [lists[0].lengths, lists[0].hashes]);
    const [first] = await ask(0, 1);
    deepEqual(first.lengths, lengths.slice(0, 1));
    const [rest] = await ask(lengths[0], content.length);
    deepEqual(rest.hashes, hashes.slice(32));
  }],

  ["pack tells a hole without its zeros", async ({ system, base }) => {
    if (!(await system.features()).findsHoles) return;
    const content = new Uint8Array(4_000_000);
    content.set(utf8("middle"), 2_000_000);
    await put(system, base, "holes", content, { sparse: true });
    const records = await unpacked(system, base, [{ path: "holes" }]);
    const sent = records.reduce((sum, record) => (
      sum + (record.kind === "data" ? record.bytes.length : 0)
    ), 0);
    ok(sent < 500_000, `${sent} bytes`);
    deepEqual(contentOf(records, 0), content);
  }],

  ["pack tells trouble with one item in its place", async ({ system, base, outside }) => {
    await put(system, base, "file", "hello");
    await makeDirectories(system, base, "dir");
    await makeLink(system, base, "in", "file");
    await makeLink(system, base, "out", `${outside}/file`);
    const paths = ["missing", "../file", "dir", "in", "out", "file"];
    const codesOf = async (followLinks: boolean) => {
      const records = await unpacked(system, base, paths.map((path) => ({ path })), followLinks);
      return records.flatMap((one) => {
        if (one.kind === "close") return "closed";
        return one.kind === "fail" ? one.error.code : [];
      });
    };
    const dir = (await codesOf(false))[2];
    ok(["invalid", "conflict"].includes(dir), dir);
    const before = ["not_found", "invalid", dir];
    deepEqual(await codesOf(false), [...before, "denied", "denied", "closed"]);
    deepEqual(await codesOf(true), [...before, "closed", "denied", "closed"]);
    const items = [{ source: 0, path: "file" }];
    const [record] = await unpacked(system, outside, items);
    equal(record.kind === "fail" && record.error.code, "denied");
  }],

  ["pack ends when it is aborted, and when it is left", async ({ system, base }) => {
    await put(system, base, "file", noise(3_000_000));
    const request = { sources: [base], items: [{ source: 0, path: "file" }], followLinks: false };
    const before = AbortSignal.abort(new Error("enough"));
    const none = Array.fromAsync(system.pack(request, { signal: before }));
    equal(await rejection(none), before.reason);
    const controller = new AbortController();
    const { signal } = controller;
    const pending = Array.fromAsync(system.pack(request, { signal }), () => {
      controller.abort(new Error("in between"));
    });
    equal(await rejection(pending), signal.reason);
    for await (const _ of system.pack(request)) break;
    equal((await unpacked(system, base, [{ path: "file", length: 0 }]))[0].kind, "open");
  }],

  ["receive makes files of what a source has", async ({ system, base }) => {
    const files = { one: utf8("first"), two: noise(2_500_000) };
    const results = await take(system, base, createTestContent(files), ["one", "no", "two"]);
    deepEqual(results.map(({ error }) => error?.code), [undefined, "not_found", undefined]);
    equal(results[1].error!.detail.side, "source");
    deepEqual(results.map(({ bytes, verified }) => [bytes, verified]), [
      ...[[5, 5], [0, 0], [2_500_000, 2_500_000]],
    ]);
    deepEqual(await bytesAt(system, `${base}/two`), files.two);
    deepEqual(await pathsIn(system, base), ["one", "two"]);
  }],

  ["receive keeps what came before its source broke off", async ({ system, base }) => {
    const files = { one: utf8("first"), two: utf8("other") };
    const whole = createTestContent(files);
    const broken: PackSource = {
      name: "test",
      async *pack(request) {
        yield* whole.pack({ ...request, items: request.items.slice(0, 1) });
        throw new Error("gone");
      },
    };
    const [one, two] = await take(system, base, broken, ["one", "two"]);
    deepEqual([one.error, two.error?.code], [undefined, "internal"]);
    deepEqual(await pathsIn(system, base), ["one"]);
  }],

  ["receive gives its source up when it is aborted", async ({ system, base }) => {
    const controller = new AbortController();
    const { signal } = controller;
    const left = Promise.withResolvers<void>();
    const silent: PackSource = {
      name: "test",
      async *pack(_request, options) {
        options?.signal?.addEventListener("abort", () => left.resolve());
        queueMicrotask(() => controller.abort(new Error("enough")));
        await new Promise(() => {});
        yield new Uint8Array();
      },
    };
    const attempt = take(system, base, silent, ["one"], { signal });
    equal(await rejection(attempt), signal.reason);
    await left.promise;
    deepEqual(await pathsIn(system, base), []);
  }],

  ["receive stays in its base, whatever is asked", async ({ system, base, outside }) => {
    const source = createTestContent({ file: utf8("hello") });
    const copies = ["../x", "/x", "a/../../x"].map((path) =>
      copyOf(path, 5, { sourcePath: "file" })
    );
    const request = { sources: ["/"], base, actions: copies, options: how() };
    for (const { error } of await system.receive(request, source)) equal(error?.code, "invalid");
    const elsewhere = { ...request, base: outside, actions: [copyOf("file", 5)] };
    const refusal = system.receive(elsewhere, source).then(
      ([{ error }]) => error?.code,
      ({ code }) => code,
    );
    equal(await refusal, "denied");
    deepEqual(await pathsIn(system, base), []);
  }],

  ["nothing but errors comes of what is no parcel", async ({ system, base }) => {
    const source = createTestContent({ one: utf8("first"), two: utf8("other") });
    const request = {
      ...{ sources: ["/"], followLinks: false },
      items: ["one", "two"].map((path) => ({ source: 0, path })),
    };
    const [sound] = await Array.fromAsync(source.pack(request));
    const cut = sound.subarray(0, sound.length - 1);
    const bad: Uint8Array<ArrayBuffer>[][] = [
      ...[[], [new Uint8Array([9])], [noise(1000)], [cut.slice(1)], [sound.slice(10)]],
    ];
    for (const parcels of bad) {
      for (const { error } of await take(system, base, sending(...parcels), ["one", "two"])) {
        deepEqual([error?.code, error?.detail.retryable], ["corrupt", true]);
      }
      deepEqual(await pathsIn(system, base), []);
    }
    const [one, two] = await take(system, base, sending(cut), ["one", "two"]);
    deepEqual([one.error, two.error?.code], [undefined, "corrupt"]);
    const again = await take(system, base, sending(sound, sound), ["one", "two"]);
    equal(again.length, 2);
    deepEqual(await pathsIn(system, base), ["one", "two"]);
    equal(await textAt(system, `${base}/two`), "other");
  }],

  ["a file that arrives has the mode and time that were asked for", async ({ system, base }) => {
    await put(system, base, "file", "old");
    const metadata = { permissions: 0o604, mtime: 1_111_111_111, mtimeNs: 222_000_000 };
    const source = createTestContent({ file: utf8("hello"), fresh: utf8("hello") });
    const request = {
      ...{ sources: ["/"], base, options: how({ fsync: true, keepTimes: false }) },
      actions: [copyOf("file", 5, { metadata }), copyOf("fresh", 5, { metadata })],
    };
    for (const { error } of await system.receive(request, source)) equal(error, undefined);
    for (const path of ["file", "fresh"]) {
      const entry = (await find(system, base, path))!;
      deepEqual([entry.mode & 0o7777, entry.size], [0o604, 5]);
      deepEqual([entry.mtime, entry.mtimeNs], [1_111_111_111, 222_000_000]);
    }
  }],
];
