/** Carrying content from one system to another, or within one. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { copyOf, how, type SystemCase } from "./system_conformance_bed.ts";
import {
  bytesAt,
  carryOut,
  find,
  makeDirectories,
  makeLink,
  noise,
  pathsIn,
  put,
  rejection,
  send,
  succeeded,
  textAt,
  utf8,
} from "./system_conformance_help.ts";
import { FileType } from "./scan_batch.ts";
import type { Action } from "./system.ts";
import { stagedPath } from "./work/staging.ts";

export const transferCases: SystemCase[] = [
  ["transferTo copies content, permissions and times", async (bed) => {
    const { system, base, target, targetBase } = bed;
    await put(system, base, "big", noise(2_200_000), { permissions: 0o400, mtime: 1_000_000_000 });
    await put(system, base, "small", "hello", { mtime: 1_100_000_000, mtimeNs: 999_000_000 });
    await put(system, base, "empty");
    const actions = [copyOf("big", 2_200_000), copyOf("small", 5), copyOf("empty", 0)];
    const results = succeeded(await send(bed, actions));
    deepEqual(results.map((result) => result.bytes), [2_200_000, 5, 0]);
    deepEqual(results.map((result) => result.verified), [2_200_000, 5, 0]);
    deepEqual(results.map((result) => result.size), [2_200_000, 5, 0]);
    deepEqual(await bytesAt(target, `${targetBase}/big`), noise(2_200_000));
    equal(await textAt(target, `${targetBase}/small`), "hello");
    const small = (await find(target, targetBase, "small"))!;
    deepEqual([small.mode & 0o7777, small.mtime, small.mtimeNs], [0o640, 1_100_000_000, 999e6]);
    deepEqual(await pathsIn(target, targetBase), ["big", "empty", "small"]);
  }],

  ["times are the action's, or the moment's, without keepTimes", async (bed) => {
    await put(bed.system, bed.base, "file", "x", { mtime: 1_000 });
    await put(bed.system, bed.base, "set", "x", { mtime: 1_000 });
    const set = copyOf("set", 1, { metadata: { permissions: 0o600, mtime: 77, mtimeNs: 0 } });
    succeeded(await send(bed, [copyOf("file", 1), set], { keepTimes: false }));
    ok((await find(bed.target, bed.targetBase, "file"))!.mtime > 1_600_000_000);
    equal((await find(bed.target, bed.targetBase, "set"))!.mtime, 77);
  }],

  ["without verify nothing counts as verified", async (bed) => {
    await put(bed.system, bed.base, "file", "hello");
    const [result] = succeeded(await send(bed, [copyOf("file", 5)], { verify: false }));
    deepEqual([result.bytes, result.verified], [5, 0]);
  }],

  ["every kind of action goes along, results in order", async (bed) => {
    const { system, base, target, targetBase } = bed;
    await put(system, base, "file", "hello");
    await put(target, targetBase, "old");
    const actions: Action[] = [
      { kind: "directory", path: "dir", metadata: { permissions: 0o755 } },
      copyOf("dir/copy", 5, { sourcePath: "file" }),
      { kind: "link", path: "dir/link", target: "copy", metadata: {} },
      copyOf("missing/copy", 5, { sourcePath: "file" }),
      { kind: "hardlink", path: "twin", existing: "dir/copy" },
      { kind: "delete", path: "old", directory: false },
      { kind: "attributes", path: "dir", metadata: { mtime: 5, mtimeNs: 0 } },
    ];
    const results = await send(bed, actions);
    const failed = results.flatMap(({ error }, index) => error ? [[index, error.code]] : []);
    deepEqual(failed, [[3, "not_found"]]);
    equal(results[3].error!.detail.side, undefined);
    deepEqual(await pathsIn(target, targetBase), ["dir/", "dir/copy", "dir/link", "twin"]);
    equal((await find(target, targetBase, "twin"))!.nlink, 2);
    equal((await find(target, targetBase, "dir"))!.mtime, 5);
  }],

  ["several sources fill one base", async (bed) => {
    const { system, base, target, targetBase } = bed;
    await makeDirectories(system, base, "one", "two");
    await put(system, base, "one/f", "first");
    await put(system, base, "two/f", "second");
    const request = {
      sources: [`${base}/one`, `${base}/two`],
      base: targetBase,
      actions: [
        copyOf("a", 5, { sourcePath: "f" }),
        copyOf("b", 6, { sourcePath: "f", source: 1 }),
      ],
      options: how(),
    };
    succeeded(await system.transferTo(target, request));
    equal(await textAt(target, `${targetBase}/b`), "second");
  }],

  ["a copy replaces files, links and empty directories", async (bed) => {
    const { system, base, target, targetBase } = bed;
    await put(system, base, "new", "new");
    await put(target, targetBase, "file", "old content");
    await makeDirectories(target, targetBase, "dir", "full");
    await put(target, targetBase, "full/kept", "kept");
    await makeLink(target, targetBase, "link", "full/kept");
    const copy = (path: string, clearsDirectory = false) =>
      copyOf(path, 3, { sourcePath: "new", clearsDirectory });
    const results = await send(bed, [
      copy("file"),
      copy("link"),
      copy("dir", true),
      copy("full", true),
      copy("full"),
    ]);
    deepEqual(results.map(({ error }) => error?.code), [
      ...[undefined, undefined, undefined, "conflict", "conflict"],
    ]);
    for (const path of ["file", "link", "dir"]) {
      equal(await textAt(target, `${targetBase}/${path}`), "new");
      equal((await find(target, targetBase, path))!.mode & FileType.mask, FileType.file);
    }
    equal(await textAt(target, `${targetBase}/full/kept`), "kept");
    deepEqual(await pathsIn(target, targetBase), ["dir", "file", "full/", "full/kept", "link"]);
  }],

  ["of a file that changed only what changed is sent", async (bed) => {
    const { system, base, target, targetBase } = bed;
    const before = noise(900_000), now = new Uint8Array([...before.subarray(0, 400_000), 1, 2, 3]);
    await put(system, base, "grown", new Uint8Array([7, ...before]), { permissions: 0o600 });
    await put(system, base, "cut", now, { mtime: 1_100_000_000 });
    for (const path of ["grown", "cut"]) await put(target, targetBase, path, before);
    const copies = [copyOf("grown", 900_001), copyOf("cut", now.length)];
    const results = succeeded(await send(bed, copies, { backup: { suffix: "~" } }));
    deepEqual(results.map(({ bytes, verified }) => [bytes, verified]), [
      ...[[900_001, 900_001], [now.length, now.length]],
    ]);
    deepEqual((await bytesAt(target, `${targetBase}/grown`)).subarray(1), before);
    deepEqual(await bytesAt(target, `${targetBase}/cut`), now);
    deepEqual(await bytesAt(target, `${targetBase}/cut~`), before);
    equal((await find(target, targetBase, "cut"))!.mtime, 1_100_000_000);
    equal((await find(target, targetBase, "grown"))!.mode & 0o7777, 0o640);
    for (const { matched, size } of results) {
      // Within one system bytes may be copied, which is cheaper than looking for them.
      if (matched === undefined) equal(system, target);
      else ok(matched > size! - 70_000 && matched < size!, `${matched} of ${size}`);
    }
  }],

  ["a copy keeps a backup of what it replaces", async (bed) => {
    const { system, base, target, targetBase } = bed;
    await put(system, base, "file", "new");
    await put(target, targetBase, "file", "old");
    succeeded(await send(bed, [copyOf("file", 3)], { backup: { suffix: ".bak" } }));
    equal(await textAt(target, `${targetBase}/file`), "new");
    equal(await textAt(target, `${targetBase}/file.bak`), "old");
  }],

  ["a vanished source is the source's, with ENOENT", async (bed) => {
    const { target, targetBase } = bed;
    await put(target, targetBase, "gone", "kept");
    const copies = [copyOf("gone", 4), copyOf("no/such", 4, { path: "x" })];
    for (const { error } of await send(bed, copies)) {
      deepEqual([error?.code, error?.detail.errno], ["not_found", "ENOENT"]);
      equal(error?.detail.side, "source");
    }
    equal(await textAt(target, `${targetBase}/gone`), "kept");
    deepEqual(await pathsIn(target, targetBase), ["gone"]);
  }],

  ["a source that is no file is the source's error", async (bed) => {
    await makeDirectories(bed.system, bed.base, "dir");
    const [{ error }] = await send(bed, [copyOf("dir", 4)]);
    equal(error?.detail.side, "source");
    deepEqual(await pathsIn(bed.target, bed.targetBase), []);
  }],

  ["links are followed only when told to", async (bed) => {
    const { system, base, target, targetBase, outside } = bed;
    await makeDirectories(system, base, "dir");
    await put(system, base, "dir/file", "hello");
    await makeLink(system, base, "link", "dir/file");
    await makeLink(system, base, "through", "dir");
    await makeLink(system, base, "out", `${outside}/file`);
    const copies = [
      copyOf("a", 5, { sourcePath: "link" }),
      copyOf("b", 5, { sourcePath: "through/file" }),
      copyOf("c", 5, { sourcePath: "out" }),
    ];
    for (const { error } of await send(bed, copies)) {
      equal(error?.code, "denied", `${error?.message}`);
      equal(error.detail.side, "source");
    }
    const results = await send(bed, copies, { followLinks: true });
    deepEqual(results.map(({ error }) => error?.code), [undefined, undefined, "denied"]);
    equal(await textAt(target, `${targetBase}/a`), "hello");
    deepEqual(await pathsIn(target, targetBase), ["a", "b"]);
  }],

  ["paths that climb are refused on both sides", async (bed) => {
    await put(bed.system, bed.base, "file", "x");
    const paths = ["../x", "/x", "a//b", "", "a\0b"];
    const copies = paths.flatMap((path) => [
      copyOf(path, 1, { sourcePath: "file" }),
      copyOf("copy", 1, { sourcePath: path }),
    ]);
    for (const { error } of await send(bed, copies)) {
      ok(error !== undefined && ["invalid", "conflict"].includes(error.code), `${error?.message}`);
    }
    deepEqual(await pathsIn(bed.target, bed.targetBase), []);
  }],

  ["holes stay holes, and zeros become some when sparse", async (bed) => {
    const { system, base, target, targetBase } = bed;
    const content = new Uint8Array(4_000_000);
    content.set(noise(5000), 2_000_000);
    await put(system, base, "holes", content, { sparse: true });
    await put(system, base, "zeros", content);
    const copies = [copyOf("holes", content.length), copyOf("zeros", content.length)];
    succeeded(await send(bed, copies));
    const blocks = async (path: string) => (await find(target, targetBase, path))!.blocks * 512;
    ok(await blocks("holes") < 500_000);
    succeeded(await send(bed, [copies[1]], { sparse: true }));
    ok(await blocks("zeros") < 500_000);
    for (const path of ["holes", "zeros"]) {
      deepEqual(await bytesAt(target, `${targetBase}/${path}`), content);
    }
  }],

  ["inplace overwrites a file, or is refused by name", async (bed) => {
    const { system, base, target, targetBase } = bed;
    await put(system, base, "file", "short");
    await put(target, targetBase, "file", "much longer", { permissions: 0o400 });
    const { identity } = (await find(target, targetBase, "file"))!;
    const copies = ["file", "fresh", "link"].map((path) => copyOf(path, 5, { sourcePath: "file" }));
    await makeLink(target, targetBase, "link", "file");
    const results = await send(bed, copies, { inplace: true });
    if (results[0].error !== undefined) {
      deepEqual(results.map(({ error }) => error?.code), Array(3).fill("unsupported"));
      return equal(await textAt(target, `${targetBase}/file`), "much longer");
    }
    succeeded(results);
    equal((await find(target, targetBase, "file"))!.identity, identity);
    for (const path of ["file", "fresh", "link"]) {
      equal(await textAt(target, `${targetBase}/${path}`), "short");
      equal((await find(target, targetBase, path))!.mode, FileType.file | 0o640);
    }
    deepEqual(await pathsIn(target, targetBase), ["file", "fresh", "link"]);
  }],

  ["inplace changes no other name of a file", async (bed) => {
    const { system, base, target, targetBase } = bed;
    await put(system, base, "file", "new");
    await put(target, targetBase, "file", "old");
    const { error } = (await target.perform(
      targetBase,
      [{ kind: "hardlink", path: "other", existing: "file" }],
      how(),
    ))[0];
    equal(error, undefined);
    const [result] = await send(bed, [copyOf("file", 3)], { inplace: true });
    if (result.error !== undefined) return equal(result.error.code, "unsupported");
    equal(await textAt(target, `${targetBase}/file`), "new");
    equal(await textAt(target, `${targetBase}/other`), "old");
  }],

  ["a leftover of the same job is replaced, another's left alone", async (bed) => {
    const { system, base, target, targetBase } = bed;
    await put(system, base, "file", "hello");
    const name = stagedPath("file", "conform1");
    const other = name.replace("conform1", "another1");
    await put(target, targetBase, "file", "what is replaced is staged beside it");
    await put(target, targetBase, name, "a leftover, longer than what comes");
    await put(target, targetBase, other, "kept");
    succeeded(await send(bed, [copyOf("file", 5)]));
    equal(await textAt(target, `${targetBase}/file`), "hello");
    deepEqual(await pathsIn(target, targetBase), [other, "file"]);
  }],

  ["bytes are told as they move, and waited for", async (bed) => {
    await put(bed.system, bed.base, "file", noise(300_000));
    let written = 0, verified = 0, asked = 0;
    succeeded(
      await send(bed, [copyOf("file", 300_000)], {}, {
        onBytes: (w, v) => (written += w, verified += v),
        pace: (bytes) => (asked += bytes, Promise.resolve()),
      }),
    );
    deepEqual([written, verified], [300_000, 300_000]);
    // On the way there may be a little about the content beside it.
    ok(asked >= 300_000 && asked < 301_000, String(asked));
  }],

  ["an aborted transfer rejects with the reason and leaves nothing", async (bed) => {
    const { system, base, target, targetBase } = bed;
    await put(system, base, "file", noise(2_500_000));
    const copies = [copyOf("file", 2_500_000), copyOf("second", 5, { sourcePath: "file" })];
    const before = AbortSignal.abort(new Error("enough"));
    equal(await rejection(send(bed, copies, {}, { signal: before })), before.reason);
    deepEqual(await pathsIn(target, targetBase), []);
    const controller = new AbortController();
    const { signal } = controller;
    const pace = () => {
      controller.abort(new Error("while moving"));
      return Promise.resolve();
    };
    equal(await rejection(send(bed, copies, {}, { signal, pace })), signal.reason);
    const left = await pathsIn(target, targetBase);
    ok(left.every((path) => path === "file" || path === "second"), left.join());
  }],

  ["content is never seen under its final name before it is whole", async (bed) => {
    const { system, base, target, targetBase } = bed;
    await put(system, base, "file", noise(2_500_000));
    await put(target, targetBase, "file", "old");
    const seen = new Set<number>();
    const look = async () => {
      seen.add((await find(target, targetBase, "file"))!.size);
    };
    await look();
    succeeded(await send(bed, [copyOf("file", 2_500_000)], {}, { pace: look }));
    await look();
    deepEqual([...seen], [3, 2_500_000]);
  }],

  ["names of any bytes and 255 of them arrive", async (bed) => {
    const { system, base, target, targetBase } = bed;
    const bytesToo = (await system.features()).byteNames && (await target.features()).byteNames;
    const names = ["line\nbreak", "\x1b[31mred", "x".repeat(255), "\u{1f680}", " ", "-rf", "*?["];
    if (bytesToo) names.push("bad\udcff\udc80");
    for (const name of names) {
      const content = utf8(name.slice(0, 4).toWellFormed());
      await put(system, base, "source", content);
      succeeded(await send(bed, [copyOf(name, 0, { sourcePath: "source" })]));
      deepEqual(await bytesAt(target, `${targetBase}/${name}`), content);
    }
    equal((await pathsIn(target, targetBase)).length, names.length);
  }],

  ["extended attributes are set as the action says", async (bed) => {
    const { system, base, target, targetBase } = bed;
    if (!(await target.features()).attributes) return;
    await put(system, base, "file", "x");
    const attributes = [["user.orbit", utf8("value")]] as const;
    const metadata = { permissions: 0o600, attributes, selection: "xattr" as const };
    const [{ error }] = await send(bed, [copyOf("file", 1, { metadata })]);
    if (error?.code === "unsupported") return; // this file system has none
    equal(error, undefined);
    const { entry } = await target.inspect(`${targetBase}/file`, { attributes: "xattr" });
    deepEqual(entry!.attributes!.map(([name]) => name), ["user.orbit"]);
  }],

  ["hard links to another base of the target", async (bed) => {
    const { target, targetBase } = bed;
    await makeDirectories(target, targetBase, "previous", "now");
    await put(target, targetBase, "previous/file", "same");
    const existingBase = `${targetBase}/previous`;
    await carryOut(target, `${targetBase}/now`, [
      { kind: "hardlink", path: "file", existing: "file", existingBase },
    ]);
    equal((await find(target, targetBase, "now/file"))!.nlink, 2);
  }],
];
