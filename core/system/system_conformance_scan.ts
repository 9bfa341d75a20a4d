/** Scanning: order, parts, names, filters, links, trouble. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { compareNames, encodeName } from "#core/names.ts";
import { how, type SystemCase } from "./system_conformance_bed.ts";
import {
  carryOut,
  makeDirectories,
  makeLink,
  noise,
  put,
  rejectsAs,
  scanAll,
} from "./system_conformance_help.ts";
import { namesOfRows } from "./name_list.ts";
import { FileType } from "./scan_batch.ts";
import type { OrbitSystem } from "./system.ts";

export const scanCases: SystemCase[] = [
  ["scanDirectory lists one directory, sorted by bytes", async ({ system, base }) => {
    const names = ["b", "a.b", "a", "B", "ä", "\u{1f600}", "\ufb01", "a b", "-"];
    for (const name of names) await put(system, base, name, name);
    await makeDirectories(system, base, "a!", "a!/below");
    const entries = await system.scanDirectory(base);
    deepEqual(entries.map((entry) => entry.path), [...names, "a!"].sort(compareNames));
    equal(entries.find((entry) => entry.path === "a b")!.size, 3);
    deepEqual(await system.scanDirectory(`${base}/a!/below`), []);
    await rejectsAs("not_found", system.scanDirectory(`${base}/missing`));
    await rejectsAs("conflict", system.scanDirectory(`${base}/a`));
  }],

  ["entries tell type, size, times, permissions, links", async ({ system, base }) => {
    await put(system, base, "file", noise(70_000), {
      permissions: 0o604,
      mtime: -5,
      mtimeNs: 250_000_000,
    });
    await makeLink(system, base, "link", "some/where");
    await carryOut(system, base, [{ kind: "hardlink", path: "twin", existing: "file" }]);
    const [file, link, twin] = await system.scanDirectory(base);
    equal(file.mode, FileType.file | 0o604);
    deepEqual([file.size, file.mtime, file.mtimeNs], [70_000, -5, 250_000_000]);
    equal(file.nlink, 2);
    equal(twin.identity, file.identity);
    equal(link.mode & FileType.mask, FileType.link);
    equal(link.link, "some/where");
  }],

  ["scanTree goes depth first, a directory's entries first", async ({ system, base }) => {
    await makeDirectories(system, base, "b", "a", "a/z", "a/y", "a.d", "b/c");
    for (const path of ["0", "a/z/f", "a/y/f", "a.d/f", "b/c/f", "c"]) {
      await put(system, base, path);
    }
    const { parts, entries, troubles } = await scanAll(system, { base });
    deepEqual(troubles, []);
    const order = ["", "a", "a/y", "a/z", "a.d", "b", "b/c"];
    deepEqual(parts.map((part) => part.directory), order);
    ok(parts.every((part) => part.last && part.complete && part.exists));
    deepEqual(
      entries.map((entry) => entry.path),
      [
        ...["0", "a", "a.d", "b", "c"],
        ...["a/y", "a/z", "a/y/f", "a/z/f", "a.d/f", "b/c", "b/c/f"],
      ],
    );
  }],

  ["a large directory comes in parts, only the final one last", async ({ system, base }) => {
    await makeDirectories(system, base, "many", "many/below");
    const links = Array.from({ length: 4_200 }, (_, i) => ({
      kind: "link" as const,
      path: `many/${String(i).padStart(5, "0")}`,
      target: "x",
      metadata: {},
    }));
    await carryOut(system, base, links);
    let batches = 0;
    const parts: boolean[] = [];
    const names: string[] = [];
    for await (const batch of system.scanTree({ base, recursive: true })) {
      batches++;
      for (const part of batch.data.parts) {
        if (part.directory !== "many") continue;
        parts.push(part.last);
        for (let row = part.from; row < part.to; row++) names.push(batch.name(row));
      }
    }
    ok(batches > 1 && parts.length > 1);
    deepEqual(parts, parts.map((_, i) => i === parts.length - 1));
    equal(names.length, 4_201);
    deepEqual(names, [...names].sort(compareNames));
  }],

  ["a scan's first batches are small, and cut no directory", async ({ system, base }) => {
    const folders = Array.from({ length: 15 }, (_, i) => `d${String(i).padStart(2, "0")}`);
    await makeDirectories(system, base, ...folders);
    const links = folders.flatMap((folder) =>
      Array.from({ length: 100 }, (_, i) => ({
        kind: "link" as const,
        path: `${folder}/${i}`,
        target: "x",
        metadata: {},
      }))
    );
    await carryOut(system, base, links);
    const rows: number[] = [];
    for await (const batch of system.scanTree({ base, recursive: true })) {
      ok(batch.data.parts.every((part) => part.last));
      rows.push(batch.data.parts.at(-1)!.to);
    }
    deepEqual(rows, [515, 1000]);
  }],

  ["a scan can be left at any batch", async ({ system, base }) => {
    await makeDirectories(system, base, "a", "b");
    for await (const batch of system.scanTree({ base, recursive: true })) {
      ok(batch.data.parts.length > 0);
      break;
    }
    equal((await system.scanDirectory(base)).length, 2);
  }],

  ["without recursive only what was named is listed", async ({ system, base }) => {
    await makeDirectories(system, base, "a", "a/b", "c");
    await put(system, base, "a/file");
    const { parts } = await scanAll(system, { base, recursive: false });
    deepEqual(parts.map((part) => [part.directory, part.to - part.from]), [["", 2]]);
    const named = await scanAll(system, { base, recursive: false, directories: ["c", "a"] });
    deepEqual(named.parts.map((part) => part.directory), ["c", "a"]);
    deepEqual(named.entries.map((entry) => entry.path), ["a/b", "a/file"]);
  }],

  ["names limits a listing, which is then incomplete", async ({ system, base }) => {
    await makeDirectories(system, base, "a", "b");
    for (const path of ["a/x", "a/y", "a/z", "b/x"]) await put(system, base, path);
    const { parts, entries } = await scanAll(system, {
      base,
      recursive: true,
      directories: ["a", "b"],
      names: [["z", "x", "missing"], null],
    });
    deepEqual(entries.map((entry) => entry.path), ["a/x", "a/z", "b/x"]);
    deepEqual(parts.map((part) => part.complete), [false, true]);
    ok(parts.every((part) => part.exists && part.last));
  }],

  ["lookUp finds the names of another scan's rows", async (bed) => {
    const { system, base, target, targetBase } = bed;
    await makeDirectories(system, base, "dir", "dir/sub");
    for (const path of ["dir/a", "dir/b", "dir/sub/x"]) await put(system, base, path);
    await makeDirectories(target, targetBase, "dir", "dir/sub");
    for (const path of ["dir/b", "dir/c"]) await put(target, targetBase, path);
    for await (const { data } of system.scanTree({ base: `${base}/dir`, recursive: false })) {
      const lookUp = data.parts.map((part) => namesOfRows(data, part.from, part.to));
      const request = { base: targetBase, directories: ["dir"], lookUp, recursive: false };
      const { entries, parts, troubles } = await scanAll(target, request);
      deepEqual(entries.map((entry) => entry.path), ["dir/b", "dir/sub"]);
      deepEqual(parts.map((part) => [part.complete, part.exists, part.last]), [[
        false,
        true,
        true,
      ]]);
      deepEqual(troubles, []);
      const absent = await scanAll(target, { ...request, directories: ["missing"] });
      deepEqual(absent.parts.map((part) => part.exists), [false]);
    }
  }],

  ["lookUp and names refuse what isn't the name of an entry", async ({ system, base }) => {
    await makeDirectories(system, base, "dir");
    await put(system, base, "file");
    for (const name of ["..", ".", "", "/", "../file", "a/b", "a\0b"]) {
      const heap = encodeName(name) as Uint8Array<ArrayBuffer>;
      const list = { heap, spans: new Uint32Array([0, heap.length]) };
      for (const limit of [{ names: [[name]] }, { lookUp: [list] }]) {
        const { entries, troubles } = await scanAll(system, {
          ...{ base, directories: ["dir"], recursive: false },
          ...limit,
        });
        deepEqual(entries, []);
        deepEqual(troubles.map(({ error }) => error.code), ["invalid"], JSON.stringify(name));
      }
    }
  }],

  ["absent directories are told, not thrown", async ({ system, base }) => {
    await put(system, base, "file");
    await makeDirectories(system, base, "dir");
    const directories = ["missing", "missing/deeper", "file", "dir"];
    const { parts, troubles } = await scanAll(system, { base, recursive: true, directories });
    deepEqual(troubles, []);
    deepEqual(parts.map((part) => part.directory), directories);
    deepEqual(parts.map((part) => part.exists), [false, false, false, true]);
    ok(parts.every((part) => part.from === part.to && part.last));
  }],

  ["trouble with one entry leaves the others", async ({ system, base, outside }) => {
    await makeDirectories(system, base, "dir");
    await put(system, base, "dir/file");
    await makeLink(system, base, "out", outside);
    const directories = ["../dir", "dir", "a//b", "out"];
    const { entries, parts, troubles } = await scanAll(system, { base, directories });
    deepEqual(entries.map((entry) => entry.path), ["dir/file"]);
    deepEqual(parts.map((part) => part.directory), directories);
    for (const trouble of troubles) ok(["invalid", "denied"].includes(trouble.error.code));
    deepEqual(troubles.slice(0, 2).map((trouble) => trouble.path), ["../dir", "a//b"]);
  }],

  ["filters leave entries out and don't descend into them", async ({ system, base }) => {
    await makeDirectories(system, base, "keep", "drop", "keep/drop.d");
    for (const path of ["a.o", "a.c", "keep/b.o", "keep/b.c", "drop/c", "keep/drop.d/x"]) {
      await put(system, base, path);
    }
    const filter = ["*.o", "/drop/", "drop.d"].map((pattern) => (
      { kind: "exclude" as const, pattern }
    ));
    const { entries, parts } = await scanAll(system, { base, filter });
    deepEqual(entries.map((entry) => entry.path), ["a.c", "keep", "keep/b.c"]);
    deepEqual(parts.map((part) => part.directory), ["", "keep"]);
  }],

  ["links are listed, not followed", async ({ system, base }) => {
    await makeDirectories(system, base, "dir");
    await put(system, base, "dir/file");
    await makeLink(system, base, "link", "dir");
    await makeLink(system, base, "up", "..");
    const { entries, troubles } = await scanAll(system, { base });
    deepEqual(entries.map((entry) => entry.path), ["dir", "link", "up", "dir/file"]);
    deepEqual(troubles, []);
    const through = await scanAll(system, { base, directories: ["link"] });
    deepEqual(through.entries, []);
  }],

  ["followLinks describes and descends into referents", async ({ system, base, outside }) => {
    await makeDirectories(system, base, "dir", "dir/sub");
    await put(system, base, "dir/sub/file", "hello");
    await makeLink(system, base, "to-dir", "dir/sub");
    await makeLink(system, base, "to-file", "dir/sub/file");
    await makeLink(system, base, "dangling", "nowhere");
    await makeLink(system, base, "out", outside);
    const { entries, troubles } = await scanAll(system, { base, followLinks: true });
    deepEqual(troubles, []);
    const types = Object.fromEntries(
      entries.map((entry) => [entry.path, entry.mode & FileType.mask]),
    );
    equal(types["to-dir"], FileType.directory);
    equal(types["to-dir/file"], FileType.file);
    equal(types["to-file"], FileType.file);
    equal(types["dangling"], FileType.link);
    equal(types["out"], FileType.link);
    equal(entries.find((entry) => entry.path === "to-file")!.size, 5);
    const inside = await scanAll(system, { base, followLinks: true, directories: ["to-dir"] });
    deepEqual(inside.entries.map((entry) => entry.path), ["to-dir/file"]);
  }],

  ["a loop of links ends as trouble", async ({ system, base }) => {
    await makeDirectories(system, base, "a", "a/b");
    await put(system, base, "a/b/file");
    await makeLink(system, base, "a/b/up", "..");
    for (const directories of [undefined, ["a"], ["a/b"], ["a/b/up"]]) {
      const { entries, troubles } = await scanAll(system, { base, followLinks: true, directories });
      ok(troubles.length > 0 && entries.length < 12, `${directories}: ${entries.length}`);
      for (const { path, error } of troubles) {
        ok(path.endsWith("up") || path.endsWith("b"), path);
        equal(error.detail.errno, "ELOOP");
      }
    }
  }],

  ["oneFileSystem stays, where there is but one, everywhere", async ({ system, base }) => {
    await makeDirectories(system, base, "a", "a/b");
    await put(system, base, "a/b/file");
    const { entries } = await scanAll(system, { base, oneFileSystem: true });
    deepEqual(entries.map((entry) => entry.path), ["a", "a/b", "a/b/file"]);
  }],

  ["attributes come with the entries when asked for", async ({ system, base }) => {
    if (!(await system.features()).attributes) return;
    await put(system, base, "file");
    const attributes = [["user.orbit", new Uint8Array([1, 0, 255])]] as const;
    const set = { kind: "attributes" as const, path: "file", metadata: { attributes } };
    if (!(await keepsAttributes(system, base, set))) return;
    const [none] = (await scanAll(system, { base })).entries;
    equal(none.attributes, undefined);
    const [all] = (await scanAll(system, { base, attributes: "all" })).entries;
    const found = all.attributes!.find(([name]) => name === "user.orbit");
    deepEqual([...found![1]], [1, 0, 255]);
    const acl = await scanAll(system, { base, attributes: "acl" });
    equal(acl.entries[0].attributes, undefined);
    const { entry } = await system.inspect(`${base}/file`, { attributes: "xattr" });
    ok(entry!.attributes!.some(([name]) => name === "user.orbit"));
  }],

  ["a base that can't be scanned fails the call", async ({ system, base, outside }) => {
    await put(system, base, "file");
    await rejectsAs("not_found", scanAll(system, { base: `${base}/missing` }));
    await rejectsAs("conflict", scanAll(system, { base: `${base}/file` }));
    await rejectsAs("denied", scanAll(system, { base: outside }));
    await rejectsAs("invalid", scanAll(system, { base: "relative" }));
  }],
];

/** Sets attributes; false where this file system has none. */
async function keepsAttributes(
  system: OrbitSystem,
  base: string,
  action: Parameters<typeof carryOut>[2][number],
): Promise<boolean> {
  const [{ error }] = await system.perform(base, [action], how());
  if (error?.code === "unsupported") return false;
  equal(error, undefined);
  return true;
}
