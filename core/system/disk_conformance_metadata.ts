/** Clauses about permissions, owners, times and extended attributes. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { DiskCase, DiskCaseBed } from "./disk_conformance.ts";
import { describeOne, failsWith, putFile, refusal, toBytes } from "./disk_conformance_help.ts";
import type { FileFacts, Metadata } from "./disk.ts";
import type { Attributes } from "./scan_batch.ts";

/** Modification times that a tree of files may hold: seconds, nanoseconds. */
const times: [seconds: number, nanoseconds: number][] = [
  [0, 0],
  [1, 0],
  [1_600_000_000, 123_456_789],
  [1_600_000_000, 999_999_999],
  [-1, 0],
  [-1, 999_999_999],
  [-86_400 * 365 * 20, 500_000_000],
  [2 ** 32 + 5, 1_000_000],
];

export const metadataCases: DiskCase[] = [
  ["apply sets times of files, by path and through the open file", (bed) => {
    const { tree } = bed;
    putFile(tree, "file", "x");
    for (const [mtime, mtimeNs] of toSteps(bed)) {
      tree.apply("file", { mtime: 7, mtimeNs: 0 });
      tree.apply("file", { mtime, mtimeNs });
      deepEqual(timeOf(tree.facts("file")), [mtime, mtimeNs]);
      using file = tree.openForWriting("file");
      file.apply({ mtime: 7 });
      deepEqual(timeOf(file.facts()), [7, 0]);
      file.apply({ mtime, mtimeNs });
      deepEqual(timeOf(tree.facts("file")), [mtime, mtimeNs]);
    }
  }],

  ["apply sets times of directories", (bed) => {
    const { tree } = bed;
    tree.makeDirectory("directory", 0o755);
    for (const [mtime, mtimeNs] of toSteps(bed)) {
      for (const path of ["directory", ""]) {
        tree.apply(path, { mtime, mtimeNs });
        deepEqual(timeOf(tree.facts(path)), [mtime, mtimeNs]);
      }
    }
  }],

  ["apply sets times of a link itself, not of its target", (bed) => {
    const { tree } = bed;
    putFile(tree, "file");
    tree.apply("file", { mtime: 7, mtimeNs: 0 });
    tree.makeLink("link", "file");
    tree.makeLink("dangling", "nowhere");
    for (const [mtime, mtimeNs] of toSteps(bed)) {
      // A driver may be unable to set some times of links, and then says so by name.
      const metadata = { mtime, mtimeNs };
      const mayLack = mtime < 0 && mtimeNs > 0 && bed.disk.name === "pure";
      for (const path of ["link", "dangling"]) {
        if (mayLack) {
          equal(refusal(() => tree.apply(path, metadata)).code, "unsupported");
          continue;
        }
        tree.apply(path, metadata);
        deepEqual(timeOf(tree.facts(path)), [mtime, mtimeNs]);
      }
    }
    deepEqual(timeOf(tree.facts("file")), [7, 0]);
    equal(tree.facts("nowhere"), null);
  }],

  ["apply sets permissions of files and directories, all twelve bits", ({ tree }) => {
    putFile(tree, "file");
    tree.makeDirectory("directory", 0o755);
    for (const permissions of [0, 0o400, 0o644, 0o777, 0o1755, 0o2755, 0o4711, 0o7777]) {
      tree.apply("file", { permissions });
      tree.apply("directory", { permissions: permissions | 0o700 });
      equal(tree.facts("file")!.mode & 0o7777, permissions);
      equal(tree.facts("directory")!.mode & 0o7777, permissions | 0o700);
    }
    using file = tree.openForWriting("file");
    file.apply({ permissions: 0o4750 });
    equal(file.facts().mode & 0o7777, 0o4750);
  }],

  ["apply to a link leaves its target's permissions alone", ({ tree }) => {
    putFile(tree, "file");
    tree.makeLink("link", "file");
    try {
      tree.apply("link", { permissions: 0o777 });
    } catch { /* Most systems have no permissions for links; refusing them is right too. */ }
    equal(tree.facts("file")!.mode & 0o7777, 0o600);
  }],

  ["apply sets owners, and keeps set-user bits given with them", (bed) => {
    if (!mayChangeOwners(bed)) return;
    const { tree } = bed;
    putFile(tree, "file");
    tree.makeLink("link", "file");
    tree.makeDirectory("directory", 0o755);
    tree.apply("file", { uid: 1234, gid: 2345, permissions: 0o6755 });
    deepEqual(ownerOf(tree.facts("file")), [1234, 2345]);
    equal(tree.facts("file")!.mode & 0o7777, 0o6755);
    tree.apply("link", { uid: 5, gid: 6 });
    tree.apply("directory", { gid: 7 });
    deepEqual(ownerOf(tree.facts("link")), [5, 6]);
    deepEqual(ownerOf(tree.facts("file")), [1234, 2345]);
    equal(tree.facts("directory")!.gid, 7);
    using file = tree.openForWriting("file");
    file.apply({ uid: 9 });
    deepEqual(ownerOf(file.facts()), [9, 2345]);
  }],

  ["apply leaves alone what isn't named", ({ tree }) => {
    putFile(tree, "file", "x");
    tree.apply("file", { mtime: 1000, mtimeNs: 0, permissions: 0o640 });
    tree.apply("file", {});
    tree.apply("file", { permissions: 0o600 });
    deepEqual(timeOf(tree.facts("file")), [1000, 0]);
    tree.apply("file", { mtime: 2000, mtimeNs: 0 });
    equal(tree.facts("file")!.mode & 0o7777, 0o600);
  }],

  ["apply of everything at once ends with everything as asked", (bed) => {
    const { tree } = bed;
    putFile(tree, "file", "x");
    const metadata: Metadata = { permissions: 0o444, mtime: 1_500_000_000, mtimeNs: 7_000_000 };
    if (mayChangeOwners(bed)) Object.assign(metadata, { uid: 3, gid: 4 });
    using file = tree.openForWriting("file");
    file.apply(metadata);
    const facts = tree.facts("file")!;
    deepEqual(timeOf(facts), [1_500_000_000, 7_000_000]);
    equal(facts.mode & 0o7777, 0o444);
    if (metadata.uid !== undefined) deepEqual(ownerOf(facts), [3, 4]);
  }],

  ["apply to a missing entry fails", ({ tree }) => {
    failsWith("ENOENT", () => tree.apply("missing", { mtime: 1, mtimeNs: 0 }));
  }],

  ["a write moves the modification time", ({ tree }) => {
    using file = tree.createFile("file");
    file.apply({ mtime: 1000, mtimeNs: 0 });
    file.write(toBytes("x"), 0);
    ok(file.facts().mtime > 1000);
  }],

  ["attributes are kept whole, replaced whole and told, or refused by name", (bed) => {
    if (!bed.disk.features.attributes) return refusesAttributes(bed);
    const { tree } = bed;
    putFile(tree, "file");
    const first: Attributes = [["user.a", toBytes("one")], ["user.b", Uint8Array.of(0, 255)]];
    const second: Attributes = [["user.b", new Uint8Array()], ["user.c", toBytes("x")]];
    tree.apply("file", { attributes: first });
    deepEqual(plain(tree.attributes("file", "all")), plain(first));
    deepEqual(plain(tree.attributes("file", "xattr")), plain(first));
    deepEqual(tree.attributes("file", "acl"), []);
    deepEqual(tree.attributes("file", "none"), []);
    using file = tree.openForWriting("file");
    file.apply({ attributes: second });
    deepEqual(plain(file.attributes()), plain(second));
    const entry = describeOne(tree, "", "file", { attributes: "all" })!;
    deepEqual(plain(entry.attributes!), plain(second));
    equal(describeOne(tree, "", "file")!.attributes, undefined);
    tree.apply("file", { attributes: [] });
    deepEqual(tree.attributes("file", "all"), []);
  }],
];

function refusesAttributes({ tree }: DiskCaseBed): void {
  putFile(tree, "file");
  using file = tree.openForWriting("file");
  const attributes: Attributes = [["user.a", toBytes("one")]];
  const acts = [
    () => tree.attributes("file", "all"),
    () => file.attributes(),
    () => tree.apply("file", { attributes }),
    () => file.apply({ attributes, permissions: 0o777 }),
    () => describeOne(tree, "", "file", { attributes: "all" }),
  ];
  for (const act of acts) equal(refusal(act).code, "unsupported");
  equal(file.facts().mode & 0o7777, 0o600);
}

/** The times above as exactly as the driver can hold them. */
function toSteps({ disk }: DiskCaseBed): [number, number][] {
  const step = disk.features.timeStepNs;
  return times.map(([seconds, nanoseconds]) => [seconds, nanoseconds - nanoseconds % step]);
}

function mayChangeOwners({ disk }: DiskCaseBed): boolean {
  return disk.name === "memory" || Deno.uid() === 0;
}

function timeOf(facts: FileFacts | null): [number, number] {
  return [facts!.mtime, facts!.mtimeNs];
}

function ownerOf(facts: FileFacts | null): [number, number] {
  return [facts!.uid, facts!.gid];
}

function plain(attributes: Attributes): [string, number[]][] {
  return attributes.map(([name, value]) => [name, [...value]]);
}
