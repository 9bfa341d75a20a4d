/** Actions that need no content: every kind, what they replace, what they keep. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { how, type SystemCase } from "./system_conformance_bed.ts";
import {
  carryOut,
  find,
  makeDirectories,
  makeLink,
  pathsIn,
  put,
  refused,
  rejection,
  textAt,
} from "./system_conformance_help.ts";
import { FileType } from "./scan_batch.ts";
import type { PlainAction } from "./system.ts";
import { DIRECTORY_VERSION } from "./version.ts";

export const actionCases: SystemCase[] = [
  ["directory makes one that content can be put into", async ({ system, base }) => {
    const make = (path: string, permissions?: number): PlainAction => ({
      kind: "directory",
      path,
      metadata: { permissions },
    });
    await carryOut(system, base, [
      make("a", 0o750),
      make("a/b", 0o500),
      make("shut", 0),
      make("d"),
    ]);
    equal((await find(system, base, "a"))!.mode, FileType.directory | 0o750);
    equal((await find(system, base, "a/b"))!.mode, FileType.directory | 0o700);
    equal((await find(system, base, "shut"))!.mode, FileType.directory | 0o700);
    await put(system, base, "a/b/file");
    await put(system, base, "shut/file");
    const missing = await refused(system, base, make("missing/dir"));
    equal(missing.detail.errno, "ENOENT");
  }],

  ["directory accepts one that is there, with what it holds", async ({ system, base }) => {
    await makeDirectories(system, base, "dir");
    await put(system, base, "dir/file", "kept");
    await carryOut(system, base, [
      { kind: "attributes", path: "dir", metadata: { permissions: 0o511 } },
      { kind: "directory", path: "dir", metadata: { permissions: 0o777 } },
    ]);
    equal((await find(system, base, "dir"))!.mode, FileType.directory | 0o711);
    equal(await textAt(system, `${base}/dir/file`), "kept");
  }],

  ["directory replaces what is none, link and file alike", async ({ system, base }) => {
    await makeDirectories(system, base, "elsewhere");
    await put(system, base, "file", "x");
    await makeLink(system, base, "link", "elsewhere");
    await makeDirectories(system, base, "file", "link");
    await put(system, base, "link/inside");
    deepEqual(await pathsIn(system, base), ["elsewhere/", "file/", "link/", "link/inside"]);
  }],

  ["link makes and replaces links and files, atomically", async ({ system, base }) => {
    await put(system, base, "file", "x");
    await makeLink(system, base, "link", "old");
    await makeLink(system, base, "link", "new");
    await makeLink(system, base, "file", "no/where\n\u00e9");
    const link = (await find(system, base, "link"))!;
    deepEqual([link.mode & FileType.mask, link.link], [FileType.link, "new"]);
    equal((await find(system, base, "file"))!.link, "no/where\n\u00e9");
    deepEqual(await pathsIn(system, base), ["file", "link"]);
  }],

  ["a directory in the way goes only if told to, and empty", async ({ system, base }) => {
    await makeDirectories(system, base, "empty", "full");
    await put(system, base, "full/file", "kept");
    const link = (path: string, clearsDirectory: boolean): PlainAction => (
      { kind: "link", path, target: "x", metadata: {}, clearsDirectory }
    );
    for (const action of [link("empty", false), link("full", false), link("full", true)]) {
      const error = await refused(system, base, action);
      equal(error.code, "conflict", error.message);
    }
    deepEqual(await pathsIn(system, base), ["empty/", "full/", "full/file"]);
    await carryOut(system, base, [link("empty", true), link("absent", true)]);
    deepEqual(await pathsIn(system, base), ["absent", "empty", "full/", "full/file"]);
    await carryOut(system, base, [link("empty", true)]);
  }],

  ["hardlink gives a file a second name", async ({ system, base }) => {
    await makeDirectories(system, base, "dir", "in-the-way");
    await put(system, base, "file", "x");
    await put(system, base, "dir/other", "y");
    await carryOut(system, base, [
      { kind: "hardlink", path: "dir/twin", existing: "file" },
      { kind: "hardlink", path: "dir/other", existing: "file" },
      { kind: "hardlink", path: "in-the-way", existing: "file", clearsDirectory: true },
      { kind: "hardlink", path: "based", existing: "twin", existingBase: `${base}/dir` },
    ]);
    const { identity, nlink } = (await find(system, base, "file"))!;
    equal(nlink, 5);
    for (const path of ["dir/twin", "dir/other", "in-the-way", "based"]) {
      equal((await find(system, base, path))!.identity, identity, path);
    }
    const action: PlainAction = { kind: "hardlink", path: "z", existing: "missing" };
    equal((await refused(system, base, action)).detail.errno, "ENOENT");
    equal((await pathsIn(system, base)).length, 6);
  }],

  ["hardlink over a name of the same file leaves no other name", async ({ system, base }) => {
    await put(system, base, "file", "x");
    const link: PlainAction = { kind: "hardlink", path: "twin", existing: "file" };
    await carryOut(system, base, [link, link, { ...link, path: "file" }]);
    deepEqual(await pathsIn(system, base), ["file", "twin"]);
    equal((await find(system, base, "file"))!.nlink, 2);
  }],

  ["remove takes what is still of its version, and nothing else", async ({ system, base }) => {
    await makeDirectories(system, base, "full", "empty");
    await put(system, base, "full/file", "old");
    await makeLink(system, base, "link", "x");
    const versionOf = async (path: string) => {
      const [{ version }] = await system.hashFiles(base, [path], { versions: true });
      return version!;
    };
    const remove = (path: string, version: string): PlainAction => (
      { kind: "remove", path, version }
    );
    const old = await versionOf("full/file");
    equal(await versionOf("full/file"), old);
    await put(system, base, "full/file", "new");
    const wrong: [string, string, string][] = [
      ["full/file", old, "ECHANGED"],
      ["full/file", DIRECTORY_VERSION, "ECHANGED"],
      ["link", "link:y", "ECHANGED"],
      ["empty", old, "ECHANGED"],
      ["full", DIRECTORY_VERSION, "ENOTEMPTY"],
    ];
    for (const [path, version, errno] of wrong) {
      equal((await refused(system, base, remove(path, version))).detail.errno, errno, path);
    }
    deepEqual(await pathsIn(system, base), ["empty/", "full/", "full/file", "link"]);
    await carryOut(system, base, [
      remove("full/file", await versionOf("full/file")),
      remove("full/file", old), // gone
      remove("link", "link:x"),
      remove("full", DIRECTORY_VERSION),
      remove("empty", DIRECTORY_VERSION),
    ]);
    deepEqual(await pathsIn(system, base), []);
  }],

  ["remove takes one name of a file after the other", async ({ system, base }) => {
    await put(system, base, "file", "x");
    const names = ["file", "twin", "third"];
    for (const path of names.slice(1)) {
      await carryOut(system, base, [{ kind: "hardlink", path, existing: "file" }]);
    }
    const hashed = await system.hashFiles(base, names, { versions: true });
    await carryOut(
      system,
      base,
      names.map((path, at) => ({ kind: "remove", path, version: hashed[at].version! })),
    );
    deepEqual(await pathsIn(system, base), []);
  }],

  ["special makes a fifo, or is refused by name", async ({ system, base }) => {
    const mode = FileType.fifo | 0o600;
    const metadata = { permissions: 0o620, mtime: 1_000_000, mtimeNs: 0 };
    const fifo: PlainAction = {
      ...{ kind: "special", path: "fifo", mode, rdevMajor: 0, rdevMinor: 0, metadata },
    };
    if (!(await system.features()).specials) {
      equal((await refused(system, base, fifo)).code, "unsupported");
      return deepEqual(await pathsIn(system, base), []);
    }
    await put(system, base, "fifo", "x");
    await carryOut(system, base, [fifo]);
    const entry = (await find(system, base, "fifo"))!;
    equal(entry.mode, FileType.fifo | 0o620);
    equal(entry.mtime, 1_000_000);
    await rejection(system.readHeader(`${base}/fifo`, 1));
    deepEqual(await pathsIn(system, base), ["fifo"]);
  }],

  ["attributes sets permissions and times, of directories too", async ({ system, base }) => {
    await makeDirectories(system, base, "dir");
    await put(system, base, "file", "x");
    const metadata = { permissions: 0o710, mtime: 1_234_567_890, mtimeNs: 5_000_000 };
    await carryOut(system, base, [
      { kind: "attributes", path: "dir", metadata },
      { kind: "attributes", path: "file", metadata },
      { kind: "attributes", path: "", metadata: { mtime: 7, mtimeNs: 0 } },
    ]);
    for (const path of ["dir", "file"]) {
      const entry = (await find(system, base, path))!;
      deepEqual([entry.mode & 0o7777, entry.mtime, entry.mtimeNs], [0o710, 1_234_567_890, 5e6]);
    }
    equal((await system.inspect(base)).entry!.mtime, 7);
    const missing: PlainAction = { kind: "attributes", path: "missing", metadata };
    equal((await refused(system, base, missing)).detail.errno, "ENOENT");
  }],

  ["delete removes files, links and empty directories", async ({ system, base }) => {
    await makeDirectories(system, base, "dir", "full");
    await put(system, base, "file");
    await put(system, base, "full/kept", "x");
    await makeLink(system, base, "link", "full");
    const remove = (path: string, directory: boolean): PlainAction => (
      { kind: "delete", path, directory }
    );
    await carryOut(system, base, [
      remove("dir", true),
      remove("file", false),
      remove("link", false),
      remove("missing", false),
      remove("missing", true),
    ]);
    deepEqual(await pathsIn(system, base), ["full/", "full/kept"]);
    equal((await refused(system, base, remove("full", true))).detail.errno, "ENOTEMPTY");
    ok(await refused(system, base, remove("full", false)));
    equal((await refused(system, base, remove("full/kept", true))).code, "conflict");
    equal(await textAt(system, `${base}/full/kept`), "x");
  }],

  ["one failing action leaves the others, results in order", async ({ system, base }) => {
    const link = (path: string): PlainAction => ({ kind: "link", path, target: "x", metadata: {} });
    const paths = ["a", "../b", "missing/c", "", "d", "e//f", "/g", "h\0"];
    const results = await system.perform(base, paths.map(link), how());
    deepEqual(
      results.map(({ error }) => error?.code),
      [undefined, "invalid", "not_found", "invalid", undefined, "invalid", "invalid", "invalid"],
    );
    deepEqual(await pathsIn(system, base), ["a", "d"]);
  }],

  ["nothing is changed through a link", async ({ system, base, outside }) => {
    await makeDirectories(system, base, "real");
    await makeLink(system, base, "link", "real");
    await makeLink(system, base, "out", outside);
    for (const parent of ["link", "out"]) {
      const actions: PlainAction[] = [
        { kind: "link", path: `${parent}/x`, target: "x", metadata: {} },
        { kind: "directory", path: `${parent}/x`, metadata: {} },
        { kind: "delete", path: `${parent}/x`, directory: false },
        { kind: "attributes", path: `${parent}/x`, metadata: { permissions: 0o777 } },
      ];
      for (const { error } of await system.perform(base, actions, how())) {
        equal(error?.code, "denied", `${error?.message}`);
      }
    }
    deepEqual(await pathsIn(system, base), ["link", "out", "real/"]);
  }],

  ["a backup keeps what is replaced or deleted", async ({ system, base }) => {
    await makeDirectories(system, base, "dir");
    for (const path of ["linked", "gone", "dir/was-file"]) await put(system, base, path, path);
    await makeLink(system, base, "link", "old");
    await carryOut(system, base, [
      { kind: "link", path: "linked", target: "x", metadata: {} },
      { kind: "link", path: "link", target: "new", metadata: {} },
      { kind: "delete", path: "gone", directory: false },
      { kind: "directory", path: "dir/was-file", metadata: {} },
      { kind: "link", path: "fresh", target: "x", metadata: {} },
    ], { backup: { suffix: "~" } });
    deepEqual(await pathsIn(system, base), [
      "dir/",
      "dir/was-file/",
      ...["dir/was-file~", "fresh", "gone~", "link", "linked", "linked~", "link~"],
    ]);
    equal(await textAt(system, `${base}/gone~`), "gone");
    equal(await textAt(system, `${base}/dir/was-file~`), "dir/was-file");
    equal((await find(system, base, "link~"))!.link, "old");
  }],

  ["no backup is kept of staged files", async ({ system, base }) => {
    const leftover = ".orbit-othertag-0123456789abcdef.tmp";
    await makeDirectories(system, base, "dir");
    for (const path of [leftover, `dir/${leftover}`]) await put(system, base, path, "half");
    for (const backup of [{ suffix: "~" }, { directory: "old", suffix: "" }]) {
      const path = backup.directory === undefined ? leftover : `dir/${leftover}`;
      await carryOut(system, base, [{ kind: "delete", path, directory: false }], { backup });
    }
    deepEqual(await pathsIn(system, base), ["dir/"]);
  }],

  ["backups go under a directory, relative or absolute", async ({ system, base }) => {
    await makeDirectories(system, base, "tree", "tree/a", "tree/a/b", "aside");
    const remove: PlainAction[] = [{ kind: "delete", path: "a/b/file", directory: false }];
    for (const directory of ["old/kept", `${base}/aside`]) {
      await put(system, base, "tree/a/b/file", directory);
      await carryOut(system, `${base}/tree`, remove, { backup: { directory, suffix: "" } });
    }
    await put(system, base, "tree/a/b/file", "again");
    await carryOut(system, `${base}/tree`, remove, {
      backup: { directory: "old/kept", suffix: ".1" },
    });
    equal(await textAt(system, `${base}/tree/old/kept/a/b/file`), "old/kept");
    equal(await textAt(system, `${base}/tree/old/kept/a/b/file.1`), "again");
    equal(await textAt(system, `${base}/aside/a/b/file`), `${base}/aside`);
  }],

  ["a backup never carries a directory away", async ({ system, base }) => {
    await makeDirectories(system, base, "dir");
    await put(system, base, "dir/file", "kept");
    const action: PlainAction = { kind: "link", path: "dir", target: "x", metadata: {} };
    const options = { backup: { suffix: "~" } };
    equal((await refused(system, base, action, options)).code, "conflict");
    deepEqual(await pathsIn(system, base), ["dir/", "dir/file"]);
  }],

  ["an aborted signal keeps actions from starting", async ({ system, base }) => {
    const signal = AbortSignal.abort(new Error("enough"));
    const action: PlainAction = { kind: "directory", path: "dir", metadata: {} };
    equal(await rejection(system.perform(base, [action], how(), { signal })), signal.reason);
    deepEqual(await pathsIn(system, base), []);
  }],
];
