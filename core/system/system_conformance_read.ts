/** Reading: headers, hashes, streams, chunks, facts. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { chunkPart, chunksOf, parametersFor } from "#core/cdc/mod.ts";
import { openBlake3, toHex } from "#core/hash/mod.ts";
import { how, type SystemCase } from "./system_conformance_bed.ts";
import {
  bytesAt,
  carryOut,
  makeDirectories,
  makeLink,
  noise,
  put,
  rejection,
  rejectsAs,
  textAt,
  utf8,
} from "./system_conformance_help.ts";
import { FileType } from "./scan_batch.ts";
import type { OrbitSystem } from "./system.ts";

export const readCases: SystemCase[] = [
  ["features says what can be kept", async ({ system }) => {
    const features = await system.features();
    ok(features.timeStepNs >= 1);
    for (const key of ["byteNames", "attributes", "specials", "findsHoles"] as const) {
      equal(typeof features[key], "boolean");
    }
  }],

  ["readHeader gives the first bytes, fewer of a shorter file", async ({ system, base }) => {
    await put(system, base, "file", "0123456789");
    deepEqual(await system.readHeader(`${base}/file`, 4), utf8("0123"));
    deepEqual(await system.readHeader(`${base}/file`, 64 * 1024), utf8("0123456789"));
    deepEqual(await system.readHeader(`${base}/file`, 0), new Uint8Array(0));
  }],

  ["readHeader refuses lengths beyond its bounds", async ({ system, base }) => {
    await put(system, base, "file", "x");
    for (const length of [64 * 1024 + 1, -1, 1.5, NaN, Infinity]) {
      await rejectsAs("invalid", system.readHeader(`${base}/file`, length));
    }
  }],

  ["readHeader of what is no file is refused", async ({ system, base }) => {
    await makeDirectories(system, base, "dir");
    const missing = await rejectsAs("not_found", system.readHeader(`${base}/missing`, 4));
    equal(missing.detail.errno, "ENOENT");
    await rejection(system.readHeader(`${base}/dir`, 4));
  }],

  ["paths outside the roots are refused alike, there or not", async ({ system, outside }) => {
    for (const path of [outside, `${outside}/missing`, `${outside}-missing/deeper`]) {
      await rejectsAs("denied", system.readHeader(path, 4));
      await rejectsAs("denied", system.calculateHash(path, 0, 0));
      await rejectsAs("denied", bytesAt(system, path));
      await rejectsAs("denied", system.inspect(path));
      await rejectsAs("denied", system.scanDirectory(path));
      const [{ error }] = await system.hashFiles(path, ["x"]);
      equal(error?.code, "denied");
    }
  }],

  ["links that lead outside the roots aren't followed", async ({ system, base, outside }) => {
    await makeLink(system, base, "out", outside);
    for (const path of [`${base}/out`, `${base}/out/x`]) {
      await rejectsAs("denied", system.readHeader(path, 4));
      await rejectsAs("denied", system.calculateHash(path, 0, 0));
    }
    const [{ error }] = await system.hashFiles(base, ["out/x"]);
    equal(error?.code, "denied");
  }],

  ["relative paths that climb are refused as data or error", async ({ system, base }) => {
    await makeDirectories(system, base, "dir");
    await put(system, base, "file", "x");
    const results = await system.hashFiles(`${base}/dir`, [
      "../file",
      "/file",
      "a//b",
      "a\0b",
      ".",
    ]);
    deepEqual(results.map(({ error }) => error?.code), Array(5).fill("invalid"));
  }],

  ["calculateHash hashes ranges, and to the end for length 0", async ({ system, base }) => {
    const blake3 = await openBlake3();
    const content = noise(3_000_000);
    await put(system, base, "file", content);
    const hash = async (offset: number, length: number) =>
      toHex(await system.calculateHash(`${base}/file`, offset, length));
    const expected = (from: number, to?: number) => toHex(blake3.hash(content.subarray(from, to)));
    equal(await hash(0, 0), expected(0));
    equal(await hash(5, 0), expected(5));
    equal(await hash(5, 1), expected(5, 6));
    equal(await hash(1_000_000, 1_500_000), expected(1_000_000, 2_500_000));
    equal(await hash(0, content.length), expected(0));
    equal(await hash(content.length, 0), toHex(blake3.hash(new Uint8Array(0))));
  }],

  ["calculateHash refuses ranges that leave the file", async ({ system, base }) => {
    await put(system, base, "file", "0123456789");
    const ranges = [[0, 11], [10, 1], [11, 0], [-1, 5], [0.5, 0], [0, 1.5], [NaN, 0], [0, -1]];
    for (const [offset, length] of ranges) {
      await rejectsAs("invalid", system.calculateHash(`${base}/file`, offset, length));
    }
  }],

  ["openStream gives a range in pieces of at most 1 MiB", async ({ system, base }) => {
    const content = noise(2_500_000);
    await put(system, base, "file", content);
    const read = async (offset?: number, length?: number) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of system.openStream(`${base}/file`, { offset, length })) {
        ok(piece.length > 0 && piece.length <= 1024 * 1024);
        pieces.push(piece);
      }
      return new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
    };
    deepEqual(await read(), content);
    deepEqual(await read(2_400_000), content.subarray(2_400_000));
    deepEqual(await read(7, 2_000_000), content.subarray(7, 2_000_007));
    deepEqual(await read(content.length), new Uint8Array(0));
    await rejectsAs("invalid", read(0, content.length + 1));
  }],

  ["openStream can be left early, and never read at all", async ({ system, base }) => {
    await put(system, base, "file", noise(4_000_000));
    for (let round = 0; round < 3; round++) {
      for await (const piece of system.openStream(`${base}/file`)) {
        ok(piece.length > 0);
        break;
      }
      await system.openStream(`${base}/file`).cancel();
    }
    equal((await bytesAt(system, `${base}/file`)).length, 4_000_000);
  }],

  ["inspect tells what lies at a path, links followed", async ({ system, base }) => {
    await makeDirectories(system, base, "dir");
    await put(system, base, "dir/file", "hello");
    await makeLink(system, base, "to-file", "dir/file");
    await makeLink(system, base, "to-dir", "dir");
    for (const path of ["dir/file", "to-file", "to-dir/file"]) {
      const { entry, row, space } = await system.inspect(`${base}/${path}`);
      equal(entry?.size, 5, path);
      equal(entry.path, "");
      equal(entry.mode & FileType.mask, FileType.file);
      equal(row?.parts.length ?? 0, 0);
      equal(row?.rows.length, 22);
      equal(space, undefined);
    }
    for (const path of ["", "/dir", "/to-dir"]) {
      const { entry, space } = await system.inspect(base + path);
      equal(entry!.mode & FileType.mask, FileType.directory);
      ok(space === undefined || space.totalBytes >= space.freeBytes);
    }
    deepEqual(await system.inspect(`${base}/missing`), {});
    deepEqual(await system.inspect(`${base}/missing/deeper`), {});
  }],

  ["what was replaced is found anew", async ({ system, base }) => {
    await makeDirectories(system, base, "dir");
    await put(system, base, "dir/file", "old");
    const before = (await system.inspect(`${base}/dir`)).entry!;
    equal(await textAt(system, `${base}/dir/file`), "old");
    await carryOut(system, base, [
      { kind: "delete", path: "dir/file", directory: false },
      { kind: "delete", path: "dir", directory: true },
    ]);
    deepEqual(await system.inspect(`${base}/dir`), {});
    await makeDirectories(system, base, "blocker", "dir");
    await put(system, base, "dir/file", "newer");
    equal(await textAt(system, `${base}/dir/file`), "newer");
    equal((await system.scanDirectory(`${base}/dir`)).length, 1);
    ok(before.nlink > 0);
  }],

  ["many bases in use at once don't close each other", async ({ system, base }) => {
    const names = Array.from({ length: 80 }, (_, i) => `d${i}`);
    await makeDirectories(system, base, ...names);
    await put(system, base, "big", noise(2_500_000));
    const stream = system.openStream(`${base}/big`)[Symbol.asyncIterator]();
    let length = (await stream.next()).value!.length;
    const scan = system.scanTree({ base, recursive: true })[Symbol.asyncIterator]();
    await scan.next();
    for (const name of names) ok((await system.inspect(`${base}/${name}`)).entry);
    const links = names.map((name) => ({
      kind: "hardlink" as const,
      path: `${name}.link`,
      existing: "missing",
      existingBase: `${base}/${name}`,
    }));
    const results = await system.perform(base, links, how());
    deepEqual(results.map(({ error }) => error?.detail.errno), names.map(() => "ENOENT"));
    for (let step = await stream.next(); !step.done; step = await stream.next()) {
      length += step.value.length;
    }
    equal(length, 2_500_000);
    await scan.return?.();
  }],

  ["readHeaders gives nothing for what can't be read", async ({ system, base }) => {
    await makeDirectories(system, base, "dir");
    await put(system, base, "a", "first");
    await put(system, base, "empty");
    await makeLink(system, base, "link", "a");
    const paths = ["a", "missing", "dir", "empty", "link", "../a"];
    const headers = await system.readHeaders(base, paths, 3);
    deepEqual(headers.map((header) => new TextDecoder().decode(header)), [
      "fir",
      ...["", "", "", "", ""],
    ]);
    await rejectsAs("invalid", system.readHeaders(base, ["a"], 64 * 1024 + 1));
  }],

  ["hashFiles gives each file its hash or its error, in order", async ({ system, base }) => {
    const blake3 = await openBlake3();
    await makeDirectories(system, base, "dir");
    const paths: string[] = [];
    for (let i = 0; i < 40; i++) {
      paths.push(`f${i}`);
      if (i % 7 !== 3) await put(system, base, `f${i}`, noise(i * 100, i));
    }
    await makeLink(system, base, "link", "f0");
    let bytes = 0;
    const results = await system.hashFiles(base, [...paths, "dir", "link"], {
      onBytes: (n) => bytes += n,
    });
    equal(results.length, 42);
    let total = 0;
    paths.forEach((_, i) => {
      const { hash, size, error } = results[i];
      if (i % 7 === 3) return equal(error?.detail.errno, "ENOENT");
      equal(toHex(hash!), toHex(blake3.hash(noise(i * 100, i))));
      equal(size, i * 100);
      total += size;
    });
    equal(bytes, total);
    ok(results[40].error && results[41].error);
    equal(results[41].error.code, "denied");
    deepEqual(await system.hashFiles(base, []), []);
  }],

  ["chunkFile gives the chunks of a sequential pass", async ({ system, base }) => {
    const blake3 = await openBlake3();
    const parameters = { min: 2048, avg: 4096, max: 8192 };
    for (const [name, size] of [["small", 1000], ["empty", 0], ["large", 3_000_000]] as const) {
      const content = noise(size, 7);
      await put(system, base, name, content);
      const source = memorySource(content);
      for (const chosen of [parameters, undefined]) {
        const whole = chunkPart(source, { parameters: chosen ?? parametersFor(size), blake3 });
        deepEqual(await chunksAt(system, `${base}/${name}`, chosen), [...chunksOf(whole)]);
      }
    }
  }],

  ["chunkFile refuses what is missing and bad parameters", async ({ system, base }) => {
    await put(system, base, "empty");
    const missing = await rejectsAs("not_found", chunksAt(system, `${base}/missing`));
    equal(missing.detail.errno, "ENOENT");
    const bad = { min: 10, avg: 5, max: 1 };
    await rejectsAs("invalid", chunksAt(system, `${base}/empty`, bad));
  }],

  ["an aborted signal rejects reading with its reason", async ({ system, base }) => {
    await put(system, base, "file", noise(3_000_000));
    const signal = AbortSignal.abort(new Error("enough"));
    const path = `${base}/file`;
    const attempts: (() => Promise<unknown>)[] = [
      () => system.features({ signal }),
      () => system.readHeader(path, 1, { signal }),
      () => system.readHeaders(base, ["file"], 1, { signal }),
      () => system.calculateHash(path, 0, 0, { signal }),
      () => system.hashFiles(base, ["file"], { signal }),
      () => system.inspect(path, { signal }),
      () => system.scanDirectory(base, { signal }),
      () => Array.fromAsync(system.scanTree({ base, recursive: true }, { signal })),
      () => Array.fromAsync(system.openStream(path, {}, { signal })),
      () => Array.fromAsync(system.chunkFile(path, undefined, { signal })),
    ];
    for (const attempt of attempts) {
      equal(await rejection(attempt()), signal.reason, String(attempt));
    }
  }],

  ["a stream stops when its signal is aborted on the way", async ({ system, base }) => {
    await put(system, base, "file", noise(4_000_000));
    const controller = new AbortController();
    const reader = system.openStream(`${base}/file`, {}, { signal: controller.signal }).getReader();
    equal((await reader.read()).done, false);
    controller.abort(new Error("enough"));
    equal(await rejection(drain(reader)), controller.signal.reason);
    equal((await system.readHeader(`${base}/file`, 3)).length, 3);
  }],
];

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}

function memorySource(content: Uint8Array) {
  return {
    read(into: Uint8Array, position: number): number {
      const piece = content.subarray(position, position + into.length);
      into.set(piece);
      return piece.length;
    },
  };
}

async function chunksAt(
  system: OrbitSystem,
  path: string,
  parameters?: Parameters<OrbitSystem["chunkFile"]>[1],
) {
  const chunks = [];
  for await (const list of system.chunkFile(path, parameters)) chunks.push(...chunksOf(list));
  return chunks;
}
