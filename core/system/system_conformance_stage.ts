/** Receiving content: stage, publish, discard. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { openBlake3 } from "#core/hash/mod.ts";
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
  rejectsAs,
  streamOf,
  textAt,
  utf8,
} from "./system_conformance_help.ts";

const STAGED = ".orbit-conform1-0123456789abcdef.tmp";

export const stageCases: SystemCase[] = [
  ["stage writes pieces and tells their hash", async ({ system, base }) => {
    const blake3 = await openBlake3();
    const content = noise(1_500_000);
    const pieces = [content.subarray(0, 3), new Uint8Array(0), content.subarray(3)];
    for (const verify of [true, false]) {
      const staged = await system.stage(base, STAGED, streamOf(...pieces), how({ verify }));
      equal(staged.bytes, content.length);
      deepEqual(new Uint8Array(staged.hash), new Uint8Array(blake3.hash(content)));
    }
    deepEqual(await bytesAt(system, `${base}/${STAGED}`), content);
    const empty = await system.stage(base, STAGED, streamOf(), how());
    equal(empty.bytes, 0);
    deepEqual(await pathsIn(system, base), [STAGED]);
  }],

  ["stage needs the directory it stages in", async ({ system, base }) => {
    const content = streamOf(utf8("x"));
    await rejectsAs("not_found", system.stage(base, `part/${STAGED}`, content, how()));
    deepEqual(await pathsIn(system, base), []);
  }],

  ["stage removes what it wrote when the content breaks off", async ({ system, base }) => {
    const trouble = new Error("broken");
    const broken = ReadableStream.from((async function* () {
      yield utf8("some");
      await Promise.resolve();
      throw trouble;
    })());
    equal(await rejection(system.stage(base, STAGED, broken, how())), trouble);
    deepEqual(await pathsIn(system, base), []);
  }],

  ["stage gives up, and the content with it, when aborted", async ({ system, base }) => {
    const controller = new AbortController();
    let cancelled: unknown;
    const silent = new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(utf8("some")),
      pull: () => controller.abort(new Error("enough")),
      cancel: (reason) => void (cancelled = reason),
    }, { highWaterMark: 1 });
    const { signal } = controller;
    equal(await rejection(system.stage(base, STAGED, silent, how(), { signal })), signal.reason);
    equal(cancelled, signal.reason);
    deepEqual(await pathsIn(system, base), []);
  }],

  ["stage cancels the content when it can't begin", async ({ system, base, outside }) => {
    for (const [place, path] of [[base, "../x"], [outside, STAGED], [`${base}/no`, STAGED]]) {
      let cancelled = false;
      const content = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
      await rejection(system.stage(place, path, content, how()));
      ok(cancelled);
    }
  }],

  ["stage leaves holes when asked to be sparse", async ({ system, base }) => {
    const content = new Uint8Array(3_000_000);
    content.set(utf8("middle"), 1_400_000);
    const received = await system.stage(base, STAGED, streamOf(content), how({ sparse: true }));
    equal(received.bytes, content.length);
    const entry = (await find(system, base, STAGED))!;
    equal(entry.size, content.length);
    ok(entry.blocks * 512 < 1_000_000, `${entry.blocks} blocks`);
    deepEqual(await bytesAt(system, `${base}/${STAGED}`), content);
  }],

  ["publish gives a staged file its metadata and name", async ({ system, base }) => {
    await put(system, base, "file", "old");
    await makeLink(system, base, "link", "file");
    const metadata = { permissions: 0o604, mtime: 1_111_111_111, mtimeNs: 222_000_000 };
    for (const path of ["file", "link", "fresh"]) {
      await system.stage(base, STAGED, streamOf(utf8("new")), how());
      await system.publish(base, STAGED, copyOf(path, 3, { metadata }), how({ fsync: true }));
      const entry = (await find(system, base, path))!;
      deepEqual([entry.mode & 0o7777, entry.size], [0o604, 3]);
      deepEqual([entry.mtime, entry.mtimeNs], [1_111_111_111, 222_000_000]);
    }
    deepEqual(await pathsIn(system, base), ["file", "fresh", "link"]);
  }],

  ["publish keeps a backup and clears an empty directory", async ({ system, base }) => {
    await put(system, base, "file", "old");
    await makeDirectories(system, base, "dir");
    const options = how({ backup: { directory: "kept", suffix: "~" } });
    for (const path of ["file", "dir"]) {
      await system.stage(base, STAGED, streamOf(utf8("new")), options);
      await system.publish(base, STAGED, copyOf(path, 3, { clearsDirectory: true }), options);
    }
    equal(await textAt(system, `${base}/kept/file~`), "old");
    deepEqual(await pathsIn(system, base), ["dir", "file", "kept/", "kept/file~"]);
  }],

  ["publish refuses a staged file of another size", async ({ system, base }) => {
    await system.stage(base, STAGED, streamOf(utf8("four")), how());
    await rejectsAs("corrupt", system.publish(base, STAGED, copyOf("file", 5), how()));
    await rejectsAs("not_found", system.publish(base, "missing", copyOf("file", 5), how()));
    equal(await find(system, base, "file"), undefined);
  }],

  ["discard removes staged files, also missing ones", async ({ system, base }) => {
    await system.stage(base, STAGED, streamOf(utf8("x")), how());
    await system.discard(base, ["missing", STAGED, "no/where"]);
    await system.discard(base, [STAGED]);
    deepEqual(await pathsIn(system, base), []);
  }],
];
