import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { CallContext } from "./context.ts";
import { Errno } from "./errno.ts";
import { FileCalls } from "./file_calls.ts";
import { Advice, Allocate, ListedType, Seek } from "./flags.ts";
import { ignore, libc, makeFolder, openIn } from "./test_help.ts";

const test = (name: string, fn: () => void) => Deno.test({ name, ignore, fn });
const mebibyte = 1024 * 1024;

test("getdents64 fills records laid out as the kernel says", () => {
  using folder = makeFolder();
  Deno.mkdirSync(`${folder.path}/directory`);
  Deno.writeTextFileSync(`${folder.path}/file-é`, "");
  const memory = libc.allocate(4096);
  const view = new DataView(memory.bytes.buffer);
  const length = libc.files.getdents64(folder.fd, memory);
  const found = new Map<string, [number, number]>();
  for (let at = 0; at < length; at += view.getUint16(at + 16, true)) {
    const name = memory.bytes.subarray(at + 19, memory.bytes.indexOf(0, at + 19));
    const type = memory.bytes[at + 18];
    found.set(new TextDecoder().decode(name), [Number(view.getBigUint64(at, true)), type]);
  }
  deepEqual([...found.keys()].sort(), [".", "..", "directory", "file-é"]);
  const { ino } = Deno.statSync(`${folder.path}/directory`);
  deepEqual(found.get("directory"), [ino, ListedType.directory]);
  equal(found.get("file-é")![1], ListedType.file);
  equal(libc.files.getdents64(folder.fd, memory), 0);
});

test("pwrite and pread move bytes at any position", () => {
  using folder = makeFolder();
  using file = openIn(folder.fd, "file");
  const { files } = libc;
  const far = 5 * 2 ** 30;
  equal(files.pwrite(file.fd, Uint8Array.of(1, 2, 3), far), 3);
  const into = new Uint8Array(8);
  equal(files.pread(file.fd, into, far - 2), 5);
  deepEqual([...into], [0, 0, 1, 2, 3, 0, 0, 0]);
  equal(files.pread(file.fd, new Uint8Array(0), 0), 0);
  equal(files.pread(-1, into, 0), -9);
});

/** Calls that answer from a script: a count, or a negated error number. */
function scriptedFiles(name: "pread" | "pwrite", answers: number[]): [FileCalls, bigint[][]] {
  const asked: bigint[][] = [];
  let failed = 0;
  const scripted = (_fd: number, bytes: Uint8Array, length: bigint, position: bigint) => {
    asked.push([length, position]);
    const answer = answers.shift()!;
    if (answer >= 0) bytes.fill(7, 0, answer);
    failed = -answer;
    return answer >= 0 ? answer : -1;
  };
  const { calls } = libc.context;
  const content: typeof libc.context.content = { ...libc.context.content, [name]: scripted };
  const context = { calls, content, errno: () => failed } as unknown as CallContext;
  return [new FileCalls(context), asked];
}

test("pread and pwrite go on after short and interrupted calls", () => {
  for (const name of ["pread", "pwrite"] as const) {
    const [files, asked] = scriptedFiles(name, [3, -Errno.EINTR, 4, 3]);
    equal(files[name](0, new Uint8Array(10), 100), 10);
    deepEqual(asked, [[10n, 100n], [7n, 103n], [7n, 103n], [3n, 107n]]);
  }
});

test("pread stops at the end, pwrite never takes nothing for progress", () => {
  equal(scriptedFiles("pread", [3, 0])[0].pread(0, new Uint8Array(10), 0), 3);
  equal(scriptedFiles("pwrite", [3, 0])[0].pwrite(0, new Uint8Array(10), 0), -Errno.EIO);
  equal(scriptedFiles("pread", [3, -Errno.EIO])[0].pread(0, new Uint8Array(9), 0), -Errno.EIO);
  equal(scriptedFiles("pwrite", [3, -28])[0].pwrite(0, new Uint8Array(9), 0), -28);
});

test("copyFileRange copies at positions without moving offsets", () => {
  using folder = makeFolder();
  using source = openIn(folder.fd, "source");
  using target = openIn(folder.fd, "target");
  const { files } = libc;
  files.pwrite(source.fd, Uint8Array.from({ length: 100 }, (_, i) => i), 0);
  equal(files.copyFileRange(source.fd, 10, target.fd, 5, 20), 20);
  equal(files.copyFileRange(source.fd, 90, target.fd, 0, 2 ** 40), 10);
  equal(files.copyFileRange(source.fd, 100, target.fd, 0, 20), 0);
  const into = new Uint8Array(25);
  equal(files.pread(target.fd, into, 0), 25);
  deepEqual([...into.subarray(0, 11)], [90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 15]);
});

test("holes are punched, found and skipped", () => {
  using folder = makeFolder();
  using file = openIn(folder.fd, "file");
  const { files } = libc;
  equal(files.pwrite(file.fd, new Uint8Array(3 * mebibyte).fill(1), 0), 3 * mebibyte);
  const punch = Allocate.punchHole | Allocate.keepSize;
  const punched = files.fallocate(file.fd, punch, mebibyte, mebibyte);
  if (punched === -Errno.EOPNOTSUPP) return;
  equal(punched, 0);
  equal(files.lseek(file.fd, 0, Seek.hole), mebibyte);
  equal(files.lseek(file.fd, mebibyte, Seek.data), 2 * mebibyte);
  equal(files.lseek(file.fd, 3 * mebibyte, Seek.data), -Errno.ENXIO);
  equal(files.fallocate(file.fd, 0, 0, 4 * mebibyte), 0);
  equal(Deno.statSync(`${folder.path}/file`).size, 4 * mebibyte);
});

test("size, mode, owner and time are set through the descriptor", () => {
  using folder = makeFolder();
  using file = openIn(folder.fd, "file");
  const { files } = libc;
  equal(files.ftruncate(file.fd, 6 * 2 ** 30), 0);
  equal(files.fchmod(file.fd, 0o2711), 0);
  equal(files.fchown(file.fd, -1, -1), 0);
  equal(files.futimens(file.fd, 1234, 567_000_000), 0);
  const { size, mode, mtime } = Deno.statSync(`${folder.path}/file`);
  deepEqual([size, mode! & 0o777, +mtime!], [6 * 2 ** 30, 0o711, 1_234_567]);
  equal(files.ftruncate(file.fd, -1), -Errno.EINVAL);
});

test("syncing and advice succeed on a file and fail on none", () => {
  using folder = makeFolder();
  using file = openIn(folder.fd, "file");
  const { files } = libc;
  equal(files.fsync(file.fd), 0);
  equal(files.fdatasync(file.fd), 0);
  equal(files.posixFadvise(file.fd, 0, 0, Advice.dontNeed), 0);
  equal(files.fsync(-1), -9);
  equal(files.posixFadvise(-1, 0, 0, Advice.dontNeed), -9);
});

test("fstatfs agrees with itself", () => {
  using folder = makeFolder();
  const facts = libc.files.fstatfs(folder.fd);
  if (typeof facts === "number") throw new Error(`fstatfs failed: ${facts}`);
  ok(facts.type !== 0 && facts.totalBytes > 2 ** 20 && facts.freeBytes <= facts.totalBytes);
  ok(facts.freeInodes <= facts.inodes || facts.inodes === 0);
  equal(libc.files.fstatfs(-1), -9);
});
