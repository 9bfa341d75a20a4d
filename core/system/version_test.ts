import { notStrictEqual as notEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { FileFacts } from "./disk.ts";
import { FileType } from "./scan_batch.ts";
import { isOfVersion, mayBeOneFile, versionOfEntry, versionOfFile } from "./version.ts";

const FACTS: FileFacts = {
  ...{ mode: FileType.file | 0o644, uid: 0, gid: 0, nlink: 1, size: 7, blocks: 8 },
  ...{ mtime: 1, mtimeNs: 2, ctime: 3, ctimeNs: 4_000_001, ino: 5 },
  ...{ devMajor: 6, devMinor: 7, rdevMajor: 0, rdevMinor: 0 },
};

Deno.test("versionOfFile changes with whatever content can't change without", () => {
  const version = versionOfFile(FACTS);
  for (const name of ["size", "mtime", "mtimeNs", "ctime", "ctimeNs", "ino", "devMinor"] as const) {
    const other = { ...FACTS, [name]: 99 };
    notEqual(versionOfFile(other), version, name);
    ok(!isOfVersion(other, version), name);
  }
  ok(isOfVersion({ ...FACTS, uid: 8, mode: 0 }, version));
});

Deno.test("a name of a file stays of its version while its other names go", () => {
  const version = versionOfFile({ ...FACTS, nlink: 3 });
  ok(isOfVersion({ ...FACTS, nlink: 1, ctime: 99 }, version));
  ok(!isOfVersion({ ...FACTS, nlink: 1, mtime: 99 }, version));
});

Deno.test("versionOfEntry is all that there is to a link, a special and a directory", () => {
  const entry = { rdevMajor: 1, rdevMinor: 2 };
  const all = [
    { ...entry, mode: FileType.link, link: "a" },
    { ...entry, mode: FileType.link, link: "b" },
    { ...entry, mode: FileType.fifo },
    { ...entry, mode: FileType.block },
    { ...entry, mode: FileType.block, rdevMinor: 3 },
    { ...entry, mode: FileType.directory },
  ].map(versionOfEntry);
  equal(new Set(all).size, all.length);
});

Deno.test("mayBeOneFile suspects one file seen from two machines, and no copy of it", () => {
  const version = versionOfFile(FACTS);
  const cases: [other: Partial<FileFacts>, mayBe: boolean][] = [
    [{ devMajor: 0, devMinor: 99 }, true], // another machine's number for the same disk
    [{ devMajor: 0, ino: 99 }, true], // and for the same file
    [{ ctimeNs: 4_000_002 }, false],
    [{ ctime: 99 }, false],
    [{ size: 8 }, false],
  ];
  for (const [other, mayBe] of cases) {
    equal(mayBeOneFile(version, versionOfFile({ ...FACTS, ...other })), mayBe);
  }
  // Where times are coarse, two files may well be changed at once.
  const coarse = { ...FACTS, ctimeNs: 4_000_000 };
  ok(!mayBeOneFile(versionOfFile(coarse), versionOfFile({ ...coarse, ino: 99 })));
  ok(mayBeOneFile(versionOfFile(coarse), versionOfFile({ ...coarse, devMinor: 99 })));
  // What a Star says instead of a version proves nothing.
  for (const odd of ["", "file:", "7", "link:a"]) ok(mayBeOneFile(version, odd));
});
