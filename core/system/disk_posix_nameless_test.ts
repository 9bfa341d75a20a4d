/** Files that have no name while they are written. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { failsWith, namesIn, putFile, textOf, toBytes } from "./disk_conformance_help.ts";
import type { Disk, Tree } from "./disk.ts";
import { makePosixBed, testPosix } from "./disk_posix_help.ts";
import { copyOf, how } from "./system_conformance_bed.ts";
import { WorkContext } from "./work/context.ts";
import { copyFile } from "./work/copy.ts";

testPosix("a nameless file appears with its name, complete; without one it is gone", ({ tree }) => {
  tree.makeDirectory("d", 0o755);
  {
    using file = tree.nameless!.create("d/file", 0o600)!;
    file.write(toBytes("content"), 0);
    deepEqual(namesIn(tree, "d"), []);
    equal(tree.nameless!.name(file, "d/file"), true);
    equal(textOf(tree, "d/file"), "content");
  }
  tree.nameless!.create("d/other", 0o600)![Symbol.dispose]();
  deepEqual(namesIn(tree, "d"), ["file"]);
  equal(tree.facts("d/file")!.mode & 0o7777, 0o600);
});

testPosix(
  "nameless files get the mode and owner they are to have, whatever their directory gives",
  ({ tree }) => {
    const uid = Deno.uid()!, gid = Deno.gid()!;
    // Only root can give a directory to another group, and with it what is made there.
    const others = uid === 0 ? [gid, 4711] : [gid];
    others.forEach((gid, i) => {
      tree.makeDirectory(`d${i}`, 0o755);
      tree.apply(`d${i}`, { gid, permissions: 0o2777 });
    });
    for (const permissions of [0o666, 0o600, 0o4755, 0o666]) {
      for (const at of ["d0/a", "d0/b", `d${others.length - 1}/c`, "e", "d0/f"]) {
        using file = tree.nameless!.create(at, permissions)!;
        const given = file.facts().mode & 0o7777;
        file.apply({ uid, gid, permissions, mtime: 5 });
        equal(tree.nameless!.name(file, at), true);
        const { mode, gid: group } = tree.facts(at)!;
        deepEqual([mode & 0o7777, group], [permissions, gid], at);
        file.apply({ uid, gid, permissions: given });
        equal(tree.facts(at)!.mode & 0o7777, given);
        tree.removeFile(at);
      }
    }
  },
);

testPosix(
  "a directory that is made anew meanwhile gives nameless files another owner",
  ({ tree }) => {
    if (Deno.uid() !== 0) return; // only root can give a directory to another group
    for (const group of [4711, 4712]) {
      tree.makeDirectory("d", 0o755);
      tree.apply("d", { gid: group, permissions: 0o2755 });
      using file = tree.nameless!.create("d/file", 0o644)!;
      file.apply({ uid: 0, gid: 4711, permissions: 0o644 });
      equal(tree.nameless!.name(file, "d/file"), true);
      equal(tree.facts("d/file")!.gid, 4711);
      tree.removeFile("d/file");
      tree.removeDirectory("d");
    }
  },
);

testPosix("a nameless file replaces nothing, and keeps to its tree", ({ tree }) => {
  putFile(tree, "taken", "old");
  tree.makeDirectory("real", 0o755);
  tree.makeLink("link", "real");
  using file = tree.nameless!.create("taken", 0o600)!;
  failsWith("EEXIST", () => tree.nameless!.name(file, "taken"));
  equal(textOf(tree, "taken"), "old");
  failsWith("ELOOP", () => tree.nameless!.create("link/file", 0o600));
  failsWith("ENOENT", () => tree.nameless!.create("missing/file", 0o600));
  equal(tree.nameless!.name(file, "free"), true);
});

testPosix("a copy replaces what is there, and a system's refusal to name files", (bed) => {
  const { disk, base, tree } = bed;
  putFile(tree, "file", "new");
  tree.makeDirectory("to", 0o755);
  putFile(tree, "to/replaced", "old");
  const disks = [disk, withoutNames(disk)];
  for (const disk of disks) {
    for (const path of ["replaced", "made"]) {
      const action = copyOf(path, 3, { sourcePath: "file" });
      const context = new WorkContext(disk);
      deepEqual(copyFile(context, { source: base, base: `${base}/to` }, action, how()), {
        bytes: 3,
        verified: 3,
        size: 3,
      });
      context.closeTrees();
      equal(textOf(tree, `to/${path}`), "new");
      tree.removeFile(`to/${path}`);
      if (path === "replaced") putFile(tree, "to/replaced", "old");
    }
    deepEqual(namesIn(tree, "to"), ["replaced"]);
  }
});

Deno.test({
  name: "posix disk: owner and permissions that the system chose itself are corrected",
  ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
  fn: () => {
    using bed = makePosixBed();
    const { tree } = bed;
    tree.makeDirectory("d", 0o755);
    tree.apply("d", { gid: 1234 });
    tree.apply("d", { permissions: 0o2775 });
    const wanted = [
      { permissions: 0o664, uid: 0, gid: 0 },
      { permissions: 0o4755, uid: 0, gid: 1234 },
      { permissions: 0o640, uid: 77, gid: 88 },
      { permissions: 0o4711, uid: 77 },
    ];
    for (const [index, metadata] of wanted.entries()) {
      using file = tree.nameless!.create(`d/${index}`, metadata.permissions)!;
      file.apply({ ...metadata, mtime: 5, mtimeNs: 6 });
      tree.nameless!.name(file, `d/${index}`);
      const { mode, uid, gid, mtime, mtimeNs } = tree.facts(`d/${index}`)!;
      deepEqual([mode & 0o7777, uid, gid], [
        metadata.permissions,
        metadata.uid,
        metadata.gid ?? 1234,
      ]);
      deepEqual([mtime, mtimeNs], [5, 6]);
    }
  },
});

/** The disk, but its system gives nameless files no names. */
function withoutNames(disk: Disk): Disk {
  const openTree = (path: string): Tree =>
    new Proxy(disk.openTree(path), {
      get(tree, key) {
        if (key === "nameless") {
          const create = tree.nameless!.create.bind(tree.nameless);
          return { create, name: () => false };
        }
        const value = tree[key as keyof Tree];
        return typeof value === "function" ? value.bind(tree) : value;
      },
    });
  return { name: disk.name, features: disk.features, openTree, within: disk.within.bind(disk) };
}
