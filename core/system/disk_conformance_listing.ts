/** Clauses about listing directories and describing entries. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { AlikeRule } from "./disk.ts";
import type { DiskCase } from "./disk_conformance.ts";
import {
  describeOne,
  failsWith,
  listedNames,
  namesIn,
  putFile,
  refusedAs,
} from "./disk_conformance_help.ts";
import { FileType } from "./scan_batch.ts";
import { ScanBatchBuilder } from "./scan_batch_builder.ts";

export const listingCases: DiskCase[] = [
  ["list sorts names by their bytes", ({ tree }) => {
    // By UTF-16 units the last two would change places.
    const sorted = ["-", "A", "B", "a", "a b", "a.b", "aa", "ab", "é", "\uff5e", "\u{1f600}"];
    for (const name of sorted.toReversed()) putFile(tree, name);
    deepEqual(namesIn(tree, ""), sorted);
  }],

  ["list of an empty directory is empty", ({ tree }) => {
    using listing = tree.list("");
    equal(listing.count, 0);
  }],

  ["list needs a directory and follows no link unasked", ({ tree }) => {
    putFile(tree, "file");
    tree.makeDirectory("directory", 0o755);
    tree.makeLink("link", "directory");
    failsWith("ENOENT", () => tree.list("missing"));
    failsWith("ENOTDIR", () => tree.list("file"));
    failsWith("ENOTDIR", () => tree.list("file/x"));
    refusedAs("denied", () => tree.list("link/x"));
    ok(refusesLink(() => tree.list("link")));
  }],

  ["list with names looks only these up, sorted, and leaves missing ones out", ({ tree }) => {
    for (const name of ["a", "b", "c"]) putFile(tree, name);
    tree.makeLink("dangling", "nowhere");
    const names = ["c", "missing", "dangling", "a"];
    deepEqual(namesIn(tree, "", { names }), ["a", "c", "dangling"]);
    deepEqual(namesIn(tree, "", { names: [] }), []);
    for (const name of ["..", "a/b", "", "."]) {
      refusedAs("invalid", () => tree.list("", { names: [name] }));
    }
  }],

  ["a listing with a twin tells which files are alike there", ({ tree, disk, base }) => {
    for (const side of ["a", "b"]) {
      tree.makeDirectory(side, 0o755);
      tree.makeDirectory(`${side}/only`, 0o755);
      for (const name of ["same", "size", "time", "mode", "kind", "here"]) {
        if (side === "b" && name === "here") continue;
        if (side === "b" && name === "kind") tree.makeDirectory("b/kind", 0o755);
        else putFile(tree, `${side}/${name}`, name === "size" ? `size of ${side} `.repeat(3) : "x");
        const mtime = name === "time" && side === "b" ? 1_000_000_001 : 1_000_000_000;
        const permissions = name === "mode" && side === "b" ? 0o600 : 0o644;
        tree.apply(`${side}/${name}`, { permissions, mtime, mtimeNs: 7 });
      }
    }
    tree.apply("b/size", { mtime: 1_000_000_000, mtimeNs: 8 });
    using a = disk.openTree(`${base}/a`), b = disk.openTree(`${base}/b`);
    const alikeIn = (path: string, rule: Partial<AlikeRule> = {}) => {
      using listing = a.list(path, { twin: b });
      const into = new ScanBatchBuilder(), options = { follow: false, attributes: "none" } as const;
      const all = { permissions: true, owner: true, group: true, ...rule };
      if (listing.isAlike === undefined) return null;
      return listedNames(listing).filter((_, index) => {
        const mode = listing.describe(index, into, options);
        const isFile = (mode & FileType.mask) === FileType.file;
        return isFile && listing.isAlike!(index, into, all);
      });
    };
    const found = alikeIn("");
    if (found === null) return; // the driver can't tell
    deepEqual(found, ["same"]);
    deepEqual(alikeIn("", { permissions: false }), ["mode", "same"]);
    deepEqual(alikeIn("", { owner: false, group: false }), ["same"]);
    b.removeDirectory("only");
    putFile(a, "only/file");
    deepEqual(alikeIn("only"), []);
  }],

  ["isEmpty tells a directory without entries from others", ({ tree }) => {
    if (tree.isEmpty === undefined) return; // the driver can't tell
    ok(tree.isEmpty(""));
    tree.makeDirectory("directory", 0o755);
    equal(tree.isEmpty(""), false);
    ok(tree.isEmpty("directory"));
    for (const name of ["..a", ".hidden", "x".repeat(255)]) {
      putFile(tree, `directory/${name}`);
      equal(tree.isEmpty("directory"), false, name);
      tree.removeFile(`directory/${name}`);
    }
    ok(tree.isEmpty("directory"));
    tree.makeLink("link", "directory");
    ok(refusesLink(() => tree.isEmpty!("link")));
    failsWith("ENOENT", () => tree.isEmpty!("absent"));
    refusedAs("invalid", () => tree.isEmpty!("../"));
  }],

  ["list with follow reaches a directory through links inside the tree", ({ tree }) => {
    tree.makeDirectory("real", 0o755);
    tree.makeDirectory("real/deep", 0o755);
    putFile(tree, "real/deep/file");
    tree.makeDirectory("other", 0o755);
    tree.makeLink("link", "real");
    tree.makeLink("other/up", "../link/deep");
    deepEqual(namesIn(tree, "link", { follow: true }), ["deep"]);
    deepEqual(namesIn(tree, "link/deep", { follow: true }), ["file"]);
    deepEqual(namesIn(tree, "other/up", { follow: true }), ["file"]);
    deepEqual(namesIn(tree, "other/up", { follow: true, names: ["file", "x"] }), ["file"]);
  }],

  ["list with follow stops at dangling, circular and file links", ({ tree }) => {
    putFile(tree, "file");
    tree.makeLink("dangling", "nowhere");
    tree.makeLink("circle", "circle");
    tree.makeLink("link", "file");
    failsWith("ENOENT", () => tree.list("dangling", { follow: true }));
    failsWith("ELOOP", () => tree.list("circle", { follow: true }));
    failsWith("ENOTDIR", () => tree.list("link", { follow: true }));
  }],

  ["isDirectory is right where the listing knows", ({ tree }) => {
    putFile(tree, "a");
    tree.makeDirectory("b", 0o755);
    tree.makeLink("c", "b");
    for (const names of [undefined, ["a", "b", "c"]]) {
      using listing = tree.list("", { names });
      [false, true, false].forEach((expected, index) => {
        ok([expected, undefined].includes(listing.isDirectory(index)), listing.name(index));
      });
    }
  }],

  ["describe adds the same facts that the tree tells", ({ tree }) => {
    tree.makeDirectory("deep", 0o755);
    putFile(tree, "deep/file", "12345");
    tree.makeDirectory("deep/directory", 0o710);
    tree.makeLink("deep/link", "some/where");
    tree.makeHardLink("deep/file", "deep/hard");
    for (const name of ["file", "directory", "link", "hard"]) {
      const { identity, link, path, ...entry } = describeOne(tree, "deep", name)!;
      const { ctime: _, ctimeNs: __, ino, ...facts } = tree.facts(`deep/${name}`)!;
      const { devMajor, devMinor, ...expected } = facts;
      deepEqual(entry, expected);
      equal(identity, `${devMajor}.${devMinor}:${ino}`);
      equal(path, `deep/${name}`);
      equal(link, name === "link" ? "some/where" : undefined);
    }
  }],

  ["describe tells negative and far times and sizes beyond 4 GiB", ({ tree, disk }) => {
    putFile(tree, "old");
    const step = disk.features.timeStepNs;
    tree.apply("old", { mtime: -86_400, mtimeNs: 5 * step });
    {
      using file = tree.createFile("large");
      file.truncate(6 * 2 ** 30 + 1);
      file.apply({ mtime: 2 ** 33, mtimeNs: 999_999_999 - 999_999_999 % step });
    }
    const old = describeOne(tree, "", "old")!, large = describeOne(tree, "", "large")!;
    deepEqual([old.mtime, old.mtimeNs], [-86_400, 5 * step]);
    deepEqual([large.size, large.mtime], [6 * 2 ** 30 + 1, 2 ** 33]);
    equal(large.mtimeNs, 999_999_999 - 999_999_999 % step);
  }],

  ["describe returns 0 and adds nothing when the entry vanished", ({ tree }) => {
    putFile(tree, "file");
    using listing = tree.list("");
    tree.removeFile("file");
    const into = new ScanBatchBuilder();
    equal(listing.describe(0, into, { follow: false, attributes: "none" }), 0);
    equal(listing.describe(0, into, { follow: true, attributes: "none" }), 0);
    ok(into.isEmpty && into.count === 0);
  }],

  ["describe with follow tells what a link leads to", ({ tree }) => {
    tree.makeDirectory("deep", 0o755);
    putFile(tree, "deep/file", "12345");
    tree.makeLink("link", "deep/file");
    tree.makeLink("chain", "link");
    tree.makeLink("folder", "deep");
    tree.makeLink("deep/up", "../link");
    const { identity, size, mode } = describeOne(tree, "deep", "file")!;
    const places = [["", "link"], ["", "chain"], ["deep", "up"], ["deep", "file"]];
    for (const [directory, name] of places) {
      const entry = describeOne(tree, directory, name, { follow: true })!;
      deepEqual([entry.identity, entry.size, entry.mode], [identity, size, mode], name);
      deepEqual([entry.path.endsWith(name), entry.link], [true, undefined]);
    }
    const folder = describeOne(tree, "", "folder", { follow: true })!;
    equal(folder.mode & FileType.mask, FileType.directory);
  }],

  ["describe with follow tells dangling and circular links as themselves", ({ tree }) => {
    const targets = { dangling: "nowhere", circle: "circle", through: "dangling/x" };
    for (const [name, target] of Object.entries(targets)) tree.makeLink(name, target);
    for (const [name, target] of Object.entries(targets)) {
      const entry = describeOne(tree, "", name, { follow: true })!;
      deepEqual([entry.mode & FileType.mask, entry.link], [FileType.link, target], name);
    }
  }],

  ["a listing of many entries is complete", ({ tree }) => {
    const expected = Array.from({ length: 1500 }, (_, i) => `entry-${String(i).padStart(6, "0")}`);
    for (const name of expected) putFile(tree, name);
    using listing = tree.list("");
    deepEqual(listedNames(listing), expected);
    const into = new ScanBatchBuilder();
    for (let i = 0; i < listing.count; i++) {
      listing.describe(i, into, { follow: false, attributes: "none" });
    }
    equal(into.count, 1500);
  }],

  ["disposing of a listing twice is harmless", ({ tree }) => {
    const listing = tree.list("");
    listing[Symbol.dispose]();
    listing[Symbol.dispose]();
  }],
];

/** A link in the place of a directory is either refused as a link or as no directory. */
function refusesLink(act: () => unknown): boolean {
  try {
    act();
  } catch (error) {
    const errno = (error as { detail?: { errno?: string } }).detail?.errno;
    return errno === "ELOOP" || errno === "ENOTDIR";
  }
  return false;
}
