/** The action `rename`: what it moves, and everything that it leaves alone. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { SystemCase } from "./system_conformance_bed.ts";
import {
  carryOut,
  find,
  makeDirectories,
  makeLink,
  pathsIn,
  put,
  refused,
  textAt,
} from "./system_conformance_help.ts";
import type { RenameAction } from "./system.ts";

/** Of a file of four bytes that `put` made. */
const rename = (from: string, path: string, changes: Partial<RenameAction> = {}): RenameAction => ({
  ...{ kind: "rename", path, from, size: 4, mtime: 1_600_000_000, mtimeNs: 123_000_000 },
  ...{ metadata: {}, ...changes },
});

export const renameCases: SystemCase[] = [
  ["rename moves a file to a new name, with new metadata", async ({ system, base }) => {
    await makeDirectories(system, base, "old", "new");
    await put(system, base, "old/file", "text");
    const before = (await find(system, base, "old/file"))!;
    const metadata = { permissions: 0o640, mtime: 1_700_000_000, mtimeNs: 5_000_000 };
    await carryOut(system, base, [rename("old/file", "new/name", { metadata })], { fsync: true });
    deepEqual(await pathsIn(system, base), ["new/", "new/name", "old/"]);
    const { identity, nlink, mode, mtime, mtimeNs } = (await find(system, base, "new/name"))!;
    deepEqual([identity, nlink, mode & 0o7777], [before.identity, 1, 0o640]);
    deepEqual([mtime, mtimeNs], [1_700_000_000, 5_000_000]);
    equal(await textAt(system, `${base}/new/name`), "text");
  }],

  ["rename never replaces anything", async ({ system, base }) => {
    await makeDirectories(system, base, "directory");
    await put(system, base, "file", "text");
    await put(system, base, "other", "kept");
    await makeLink(system, base, "link", "nowhere");
    for (const path of ["other", "directory", "link", "file"]) {
      const { code, detail } = await refused(system, base, rename("file", path));
      deepEqual([code, detail.errno], ["conflict", "EEXIST"], path);
    }
    equal(await textAt(system, `${base}/file`), "text");
    equal(await textAt(system, `${base}/other`), "kept");
    deepEqual(await pathsIn(system, base), ["directory/", "file", "link", "other"]);
  }],

  ["rename leaves alone what isn't what was looked at", async ({ system, base }) => {
    await makeDirectories(system, base, "directory");
    await makeLink(system, base, "link", "file");
    for (const path of ["file", "twin"]) await put(system, base, path, "text");
    await carryOut(system, base, [{ kind: "hardlink", path: "second", existing: "twin" }]);
    const asked = [
      rename("file", "x", { size: 5 }),
      rename("file", "x", { mtime: 1 }),
      rename("file", "x", { mtimeNs: 0 }),
      rename("twin", "x"),
      rename("directory", "x"),
      rename("link", "x"),
    ];
    for (const action of asked) {
      const { code, detail } = await refused(system, base, action);
      deepEqual([code, detail.errno], ["conflict", "ECHANGED"], action.from);
    }
    equal((await refused(system, base, rename("none", "x"))).detail.errno, "ENOENT");
    equal((await refused(system, base, rename("file", "none/x"))).detail.errno, "ENOENT");
    const paths = ["directory/", "file", "link", "second", "twin"];
    deepEqual(await pathsIn(system, base), paths);
  }],

  ["rename takes a file out of a directory that may not be changed", async ({ system, base }) => {
    await makeDirectories(system, base, "shut", "new");
    await put(system, base, "shut/file", "text");
    await carryOut(system, base, [
      { kind: "attributes", path: "shut", metadata: { permissions: 0o500 } },
      rename("shut/file", "new/file"),
    ]);
    deepEqual(await pathsIn(system, base), ["new/", "new/file", "shut/"]);
  }],

  ["rename doesn't lead out of the base, on either side", async ({ system, base }) => {
    await makeDirectories(system, base, "in", "out");
    await put(system, base, "out/secret", "text");
    await put(system, base, "in/file", "text");
    await makeLink(system, base, "in/way", "../out");
    const inside = `${base}/in`;
    for (const action of [rename("way/secret", "got"), rename("file", "way/put")]) {
      const { code } = await refused(system, inside, action);
      equal(code, "denied", action.from);
    }
    for (const [from, path] of [["../out/secret", "x"], ["file", "../out/x"]]) {
      const { code } = await refused(system, inside, rename(from, path));
      equal(code, "invalid", from);
    }
    deepEqual(await pathsIn(system, base), ["in/", "in/file", "in/way", "out/", "out/secret"]);
  }],
];
