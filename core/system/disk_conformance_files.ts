/** Clauses about open files: content, positions, holes, size. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { DiskCase } from "./disk_conformance.ts";
import {
  bytesOf,
  failsWith,
  putFile,
  refusedAs,
  textOf,
  toBytes,
} from "./disk_conformance_help.ts";
import { FileType } from "./scan_batch.ts";

const mebibyte = 1024 * 1024;

export const fileCases: DiskCase[] = [
  ["createFile makes an empty file of mode 0600, open for reading and writing", ({ tree }) => {
    using file = tree.createFile("new");
    const { mode, size, nlink } = file.facts();
    deepEqual([mode, size, nlink], [FileType.file | 0o600, 0, 1]);
    file.write(toBytes("hello"), 0);
    const into = new Uint8Array(5);
    equal(file.read(into, 0), 5);
    deepEqual(into, toBytes("hello"));
  }],

  ["createFile refuses whatever exists already, dangling links too", ({ tree }) => {
    putFile(tree, "file", "kept");
    tree.makeDirectory("directory", 0o755);
    tree.makeLink("dangling", "nowhere");
    for (const path of ["file", "directory", "dangling"]) {
      failsWith("EEXIST", () => tree.createFile(path));
    }
    equal(textOf(tree, "file"), "kept");
    equal(tree.facts("nowhere"), null);
  }],

  ["files fail to open or be created where there is no directory", ({ tree }) => {
    putFile(tree, "file");
    failsWith("ENOENT", () => tree.openFile("missing"));
    failsWith("ENOENT", () => tree.openForWriting("missing"));
    failsWith("ENOENT", () => tree.createFile("missing/new"));
    failsWith("ENOTDIR", () => tree.createFile("file/new"));
    failsWith("ENOTDIR", () => tree.openFile("file/x"));
  }],

  ["openFile refuses everything but regular files, without waiting", ({ tree, disk }) => {
    tree.makeDirectory("directory", 0o755);
    refusedAs("invalid", () => tree.openFile("directory"));
    refusedAs("invalid", () => tree.openFile(""));
    if (!disk.features.specials) return;
    tree.makeSpecial("fifo", FileType.fifo | 0o600, 0, 0);
    refusedAs("invalid", () => tree.openFile("fifo"));
  }],

  ["openForWriting keeps the content and takes only regular files", ({ tree }) => {
    putFile(tree, "file", "abcdef");
    {
      using file = tree.openForWriting("file");
      file.write(toBytes("XY"), 2);
    }
    equal(textOf(tree, "file"), "abXYef");
    tree.makeDirectory("directory", 0o755);
    refusedAs("invalid", () => tree.openForWriting("directory"));
  }],

  ["a file opened for reading can't be written", ({ tree }) => {
    putFile(tree, "file", "kept");
    using file = tree.openFile("file");
    failsWith("EBADF", () => file.write(toBytes("x"), 0));
    equal(textOf(tree, "file"), "kept");
  }],

  ["read returns fewer bytes only at the end of the file", ({ tree }) => {
    putFile(tree, "file", "0123456789");
    using file = tree.openFile("file");
    const into = new Uint8Array(4).fill(0x2e);
    deepEqual([file.read(into, 0), file.read(into, 3)], [4, 4]);
    deepEqual(into, toBytes("3456"));
    equal(file.read(into, 8), 2);
    deepEqual(into, toBytes("8956"));
    deepEqual([file.read(into, 10), file.read(into, 1000)], [0, 0]);
    equal(file.read(new Uint8Array(0), 0), 0);
  }],

  ["write and read reach positions beyond 4 GiB", ({ tree }) => {
    const far = 5 * 2 ** 30 + 3;
    using file = tree.createFile("large");
    file.write(toBytes("end"), far);
    equal(file.facts().size, far + 3);
    const into = new Uint8Array(8);
    equal(file.read(into, far - 2), 5);
    deepEqual(into, Uint8Array.of(0, 0, 0x65, 0x6e, 0x64, 0, 0, 0));
  }],

  ["writes of any order and overlap give the bytes that were written last", ({ tree }) => {
    using file = tree.createFile("file");
    const expected = new Uint8Array(300_000);
    for (let round = 0; round < 40; round++) {
      const at = (round * 7919 * 31) % 250_000;
      const part = new Uint8Array(1 + (round * 4001) % 50_000).fill(round + 1);
      file.write(part, at);
      expected.set(part, at);
    }
    const { size } = file.facts();
    const into = new Uint8Array(size);
    equal(file.read(into, 0), size);
    deepEqual(into, expected.slice(0, size));
  }],

  ["truncate shortens, and lengthens with zeros", ({ tree }) => {
    using file = tree.createFile("file");
    file.write(toBytes("abcdef"), 0);
    file.truncate(3);
    equal(file.facts().size, 3);
    file.truncate(5);
    deepEqual(bytesOf(tree, "file"), Uint8Array.of(0x61, 0x62, 0x63, 0, 0));
    file.truncate(0);
    equal(file.facts().size, 0);
  }],

  ["holes read as zeros and never count as more than the file", ({ tree }) => {
    using file = tree.createFile("holes");
    file.write(toBytes("x"), mebibyte);
    file.truncate(3 * mebibyte);
    const into = new Uint8Array(4096).fill(1);
    equal(file.read(into, 4096), 4096);
    deepEqual(into, new Uint8Array(4096));
    const first = file.nextData(0);
    ok(first <= mebibyte && file.nextHole(first) > mebibyte);
    equal(file.nextData(3 * mebibyte), 3 * mebibyte);
    equal(file.nextHole(3 * mebibyte), 3 * mebibyte);
    equal(file.nextData(9 * mebibyte), 3 * mebibyte);
  }],

  ["nextData and nextHole tell data from holes, or call all of it data", ({ tree, disk }) => {
    using file = tree.createFile("holes");
    file.write(new Uint8Array(65536).fill(1), mebibyte);
    file.truncate(2 * mebibyte);
    const expected = disk.features.findsHoles
      ? [mebibyte, mebibyte + 65536, 2 * mebibyte, 0, mebibyte + 1]
      : [0, 2 * mebibyte, 2 * mebibyte - 1, 2 * mebibyte, mebibyte + 1];
    deepEqual([
      file.nextData(0),
      file.nextHole(mebibyte),
      file.nextData(2 * mebibyte - 1),
      file.nextHole(0),
      file.nextData(mebibyte + 1),
    ], expected);
  }],

  ["an open file stays the same file after it is renamed or removed", ({ tree }) => {
    putFile(tree, "file", "first");
    using file = tree.openFile("file");
    tree.rename("file", "moved");
    putFile(tree, "file", "second");
    tree.removeFile("moved");
    const into = new Uint8Array(5);
    equal(file.read(into, 0), 5);
    deepEqual(into, toBytes("first"));
    equal(file.facts().nlink, 0);
  }],

  ["sync and evict leave the content alone", ({ tree }) => {
    {
      using file = tree.createFile("file");
      file.write(toBytes("safe"), 0);
      file.sync();
      file.evict();
    }
    tree.syncDirectory("");
    equal(textOf(tree, "file"), "safe");
  }],

  ["disposing of a handle twice is harmless", ({ tree }) => {
    const file = tree.createFile("file");
    file[Symbol.dispose]();
    file[Symbol.dispose]();
  }],
];
