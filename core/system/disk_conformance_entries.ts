/** Clauses about entries: making, linking, renaming, removing. */
import {
  deepStrictEqual as deepEqual,
  notStrictEqual as notEqual,
  ok,
  strictEqual as equal,
} from "node:assert/strict";
import type { DiskCase } from "./disk_conformance.ts";
import {
  failsWith,
  namesIn,
  putFile,
  refusal,
  refusedAs,
  textOf,
} from "./disk_conformance_help.ts";
import { FileType } from "./scan_batch.ts";

export const entryCases: DiskCase[] = [
  ["facts of what doesn't exist are null; beneath a file they are refused", ({ tree }) => {
    putFile(tree, "file");
    equal(tree.facts("missing"), null);
    equal(tree.facts("missing/deeper"), null);
    failsWith("ENOTDIR", () => tree.facts("file/x"));
  }],

  ["facts tell type, size, links and identity", ({ tree }) => {
    putFile(tree, "file", "12345");
    tree.makeDirectory("directory", 0o750);
    tree.makeLink("link", "file");
    const file = tree.facts("file")!;
    deepEqual([file.mode, file.size, file.nlink], [FileType.file | 0o600, 5, 1]);
    equal(tree.facts("directory")!.mode, FileType.directory | 0o750);
    equal(tree.facts("")!.mode & FileType.mask, FileType.directory);
    const link = tree.facts("link")!;
    deepEqual([link.mode & FileType.mask, link.size], [FileType.link, 4]);
    notEqual(file.ino, link.ino);
    using handle = tree.openFile("file");
    deepEqual(handle.facts(), file);
  }],

  ["makeDirectory refuses what exists and needs a parent", ({ tree }) => {
    putFile(tree, "file");
    tree.makeDirectory("directory", 0o755);
    tree.makeLink("dangling", "nowhere");
    for (const path of ["file", "directory", "dangling"]) {
      failsWith("EEXIST", () => tree.makeDirectory(path, 0o755));
    }
    failsWith("ENOENT", () => tree.makeDirectory("missing/new", 0o755));
    failsWith("ENOTDIR", () => tree.makeDirectory("file/new", 0o755));
    equal(tree.facts("nowhere"), null);
  }],

  ["links hold any target, also absolute, dangling and odd ones", ({ tree }) => {
    const targets = [
      "file",
      "../../..",
      "/etc/passwd",
      "no/where",
      "ü\n",
      "a//b/",
      "x".repeat(900),
    ];
    targets.forEach((target, index) => {
      tree.makeLink(`link${index}`, target);
      equal(tree.readLink(`link${index}`), target);
    });
    failsWith("EEXIST", () => tree.makeLink("link0", "other"));
    equal(tree.readLink("link0"), "file");
    failsWith("ENOENT", () => tree.makeLink("missing/link", "x"));
  }],

  ["readLink refuses what is no link", ({ tree }) => {
    putFile(tree, "file");
    failsWith("EINVAL", () => tree.readLink("file"));
    failsWith("EINVAL", () => tree.readLink(""));
    failsWith("ENOENT", () => tree.readLink("missing"));
  }],

  ["makeSpecial makes a fifo, or is refused by name", ({ tree, disk }) => {
    const make = () => tree.makeSpecial("fifo", FileType.fifo | 0o600, 0, 0);
    if (!disk.features.specials) {
      equal(refusal(make).code, "unsupported");
      return equal(tree.facts("fifo"), null);
    }
    make();
    equal(tree.facts("fifo")!.mode, FileType.fifo | 0o600);
    failsWith("EEXIST", make);
  }],

  ["hard links are one file under two names", ({ tree }) => {
    putFile(tree, "first", "one");
    tree.makeDirectory("deep", 0o755);
    tree.makeHardLink("first", "deep/second");
    const first = tree.facts("first")!, second = tree.facts("deep/second")!;
    deepEqual(second, first);
    equal(first.nlink, 2);
    {
      using file = tree.openForWriting("deep/second");
      file.write(new TextEncoder().encode("two"), 0);
    }
    equal(textOf(tree, "first"), "two");
    tree.removeFile("first");
    equal(tree.facts("deep/second")!.nlink, 1);
  }],

  ["makeHardLink refuses directories, missing files and taken names", ({ tree }) => {
    putFile(tree, "file", "kept");
    putFile(tree, "other");
    tree.makeDirectory("directory", 0o755);
    failsWith("ENOENT", () => tree.makeHardLink("missing", "new"));
    failsWith("EEXIST", () => tree.makeHardLink("other", "file"));
    failsWith("EPERM", () => tree.makeHardLink("directory", "new"));
    failsWith("ENOENT", () => tree.makeHardLink("file", "missing/new"));
    equal(textOf(tree, "file"), "kept");
  }],

  ["makeHardLink of a link names the link, not its target", ({ tree }) => {
    putFile(tree, "file");
    tree.makeLink("link", "file");
    tree.makeHardLink("link", "again");
    equal(tree.readLink("again"), "file");
    equal(tree.facts("file")!.nlink, 1);
  }],

  ["rename replaces a file or link in one step", ({ tree }) => {
    putFile(tree, "new", "new");
    putFile(tree, "old", "old");
    tree.rename("new", "old");
    equal(textOf(tree, "old"), "new");
    equal(tree.facts("new"), null);
    tree.makeLink("link", "old");
    putFile(tree, "newer", "newer");
    tree.rename("newer", "link");
    equal(textOf(tree, "link"), "newer");
    equal(textOf(tree, "old"), "new");
  }],

  ["rename moves links and directories as they are", ({ tree }) => {
    tree.makeDirectory("a", 0o755);
    putFile(tree, "a/file", "x");
    tree.makeLink("a/link", "file");
    tree.makeDirectory("b", 0o755);
    tree.rename("a/link", "b/link");
    tree.rename("a", "b/a");
    equal(tree.readLink("b/link"), "file");
    deepEqual([namesIn(tree, ""), namesIn(tree, "b/a")], [["b"], ["file"]]);
  }],

  ["rename refuses what can't be replaced and changes nothing", ({ tree }) => {
    putFile(tree, "file", "kept");
    tree.makeDirectory("full", 0o755);
    putFile(tree, "full/file");
    tree.makeDirectory("directory", 0o755);
    failsWith("ENOENT", () => tree.rename("missing", "file"));
    failsWith("ENOENT", () => tree.rename("file", "missing/new"));
    failsWith("EISDIR", () => tree.rename("file", "directory"));
    failsWith("ENOTDIR", () => tree.rename("directory", "file"));
    failsWith("ENOTEMPTY", () => tree.rename("directory", "full"));
    failsWith("EINVAL", () => tree.rename("full", "full/inside"));
    deepEqual(namesIn(tree, ""), ["directory", "file", "full"]);
    equal(textOf(tree, "file"), "kept");
  }],

  ["rename between two names of one file leaves both", ({ tree }) => {
    putFile(tree, "a", "x");
    tree.makeHardLink("a", "b");
    tree.rename("a", "b");
    tree.rename("a", "a");
    deepEqual(namesIn(tree, ""), ["a", "b"]);
  }],

  ["rename and makeHardLink work across trees of one disk", ({ tree, disk, base }) => {
    tree.makeDirectory("one", 0o755);
    tree.makeDirectory("two", 0o755);
    using one = disk.openTree(`${base}/one`);
    using two = disk.openTree(`${base}/two`);
    putFile(one, "file", "moved");
    two.makeHardLink("file", "linked", one);
    two.rename("file", "renamed", one);
    deepEqual([namesIn(one, ""), namesIn(two, "")], [[], ["linked", "renamed"]]);
    equal(textOf(two, "renamed"), "moved");
    equal(two.facts("linked")!.nlink, 2);
  }],

  ["removeFile removes files and links, never directories or targets", ({ tree }) => {
    putFile(tree, "file", "kept");
    tree.makeDirectory("directory", 0o755);
    tree.makeLink("link", "file");
    tree.makeLink("away", "directory");
    tree.removeFile("link");
    tree.removeFile("away");
    failsWith("EISDIR", () => tree.removeFile("directory"));
    failsWith("ENOENT", () => tree.removeFile("missing"));
    failsWith("ENOTDIR", () => tree.removeFile("file/x"));
    deepEqual(namesIn(tree, ""), ["directory", "file"]);
    tree.removeFile("file");
    equal(tree.facts("file"), null);
  }],

  ["removeDirectory removes empty directories only", ({ tree }) => {
    putFile(tree, "file");
    tree.makeDirectory("full", 0o755);
    tree.makeDirectory("full/empty", 0o755);
    tree.makeLink("link", "full/empty");
    failsWith("ENOTEMPTY", () => tree.removeDirectory("full"));
    failsWith("ENOTDIR", () => tree.removeDirectory("file"));
    failsWith("ENOTDIR", () => tree.removeDirectory("link"));
    failsWith("ENOENT", () => tree.removeDirectory("missing"));
    tree.removeDirectory("full/empty");
    deepEqual(namesIn(tree, "full"), []);
  }],

  ["the base itself can't be made, renamed or removed", ({ tree }) => {
    putFile(tree, "file");
    const acts = [
      () => tree.createFile(""),
      () => tree.makeDirectory("", 0o755),
      () => tree.makeLink("", "x"),
      () => tree.makeHardLink("file", ""),
      () => tree.rename("", "new"),
      () => tree.rename("file", ""),
      () => tree.removeFile(""),
      () => tree.removeDirectory(""),
    ];
    for (const act of acts) ok(refusal(act));
    deepEqual(namesIn(tree, ""), ["file"]);
  }],

  ["names may have 255 bytes and no more", ({ tree }) => {
    const longest = "é".repeat(127) + "x";
    putFile(tree, longest, "x");
    equal(textOf(tree, longest), "x");
    failsWith("ENAMETOOLONG", () => tree.createFile(longest + "y"));
    deepEqual(namesIn(tree, ""), [longest]);
  }],

  ["syncDirectory takes directories only", ({ tree }) => {
    putFile(tree, "file");
    tree.makeDirectory("directory", 0o755);
    tree.syncDirectory("directory");
    failsWith("ENOTDIR", () => tree.syncDirectory("file"));
    failsWith("ENOENT", () => tree.syncDirectory("missing"));
  }],

  ["space tells free and total bytes", ({ tree }) => {
    const { freeBytes, totalBytes, freeInodes } = tree.space();
    ok(freeBytes >= 0 && freeBytes <= totalBytes && totalBytes > 0 && freeInodes >= 0);
  }],

  ["a disk whose names must be text refuses the others, and takes none for another", (bed) => {
    const { tree, disk } = bed;
    if (disk.features.byteNames) {
      putFile(tree, "a\udcff", "bytes");
      deepEqual(namesIn(tree, ""), ["a\udcff"]);
      tree.makeLink("link", "t\udcfe");
      return equal(tree.readLink("link"), "t\udcfe");
    }
    putFile(tree, "a\ufffd", "text");
    refusedAs("invalid", () => tree.createFile("b\udcff"));
    refusedAs("invalid", () => tree.openFile("a\udcff"));
    refusedAs("invalid", () => tree.makeLink("link", "t\udcfe"));
    deepEqual(namesIn(tree, ""), ["a\ufffd"]);
  }],
];
