import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { decodeName } from "#core/names.ts";
import { CallContext } from "./context.ts";
import { EntryCalls } from "./entry_calls.ts";
import { Errno } from "./errno.ts";
import { At, Rename, Resolve, StatWord, SystemCall } from "./flags.ts";
import { ignore, libc, makeFolder } from "./test_help.ts";

const test = (name: string, fn: () => void) => Deno.test({ name, ignore, fn });

test("statx fills the words that Deno's own stat agrees with", () => {
  using folder = makeFolder();
  const path = `${folder.path}/file`;
  Deno.writeFileSync(path, new Uint8Array(12_345), { mode: 0o640 });
  Deno.linkSync(path, `${folder.path}/second`);
  Deno.utimeSync(path, 1_000, -1.5);
  Deno.mkdirSync(`${folder.path}/directory`, { mode: 0o710 });
  Deno.symlinkSync("file", `${folder.path}/link`);
  const { entries } = libc;
  for (const name of ["file", "directory", "link"]) {
    equal(entries.statx(folder.fd, libc.name(name), At.noFollow), 0);
    const stat = entries.stat, expected = Deno.lstatSync(`${folder.path}/${name}`);
    const wide = (at: number) => (stat[at + 1] | 0) * 2 ** 32 + stat[at];
    deepEqual(
      [wide(StatWord.size), wide(StatWord.ino), wide(StatWord.blocks), stat[StatWord.nlink]],
      [expected.size, expected.ino, expected.blocks, expected.nlink],
    );
    deepEqual(
      [stat[StatWord.mode] & 0xffff, stat[StatWord.uid], stat[StatWord.gid]],
      [expected.mode, expected.uid, expected.gid],
    );
    equal(wide(StatWord.mtime) * 1000 + stat[StatWord.mtimeNs] / 1e6 | 0, +expected.mtime! | 0);
    equal(Math.floor(+expected.ctime! / 1000), wide(StatWord.ctime));
    const device = stat[StatWord.devMajor] * 256 + (stat[StatWord.devMinor] & 0xff);
    equal(device & 0xfff, expected.dev & 0xfff);
  }
  equal(entries.statx(folder.fd, libc.name("missing"), 0), -Errno.ENOENT);
});

test("statx tells devices by major and minor", () => {
  equal(libc.entries.statx(At.currentDirectory, libc.name("/dev/null"), 0), 0);
  const { stat } = libc.entries;
  deepEqual([stat[StatWord.rdevMajor], stat[StatWord.rdevMinor]], [1, 3]);
});

test("openat2 refuses to leave, to follow links, and to be given odd flags", () => {
  using folder = makeFolder();
  Deno.mkdirSync(`${folder.path}/a`);
  Deno.symlinkSync("a", `${folder.path}/link`);
  Deno.symlinkSync("/", `${folder.path}/out`);
  const { entries, files, open } = libc;
  const tryOpen = (name: string, resolve: number) => {
    const fd = entries.openat2(folder.fd, libc.name(name), open.readOnly, resolve);
    if (fd >= 0) files.close(fd);
    return Math.min(fd, 0);
  };
  equal(tryOpen("a", Resolve.beneath), 0);
  equal(tryOpen("link", Resolve.beneath), 0);
  equal(tryOpen("a/..", Resolve.beneath), 0);
  for (const name of ["..", "a/../..", "out", "/", "/etc"]) {
    equal(tryOpen(name, Resolve.beneath), -Errno.EXDEV, name);
  }
  equal(tryOpen("link", Resolve.beneath | Resolve.noSymlinks), -Errno.ELOOP);
  equal(tryOpen("a", 1 << 20), -Errno.EINVAL);
});

test("entries are made, linked, renamed, swapped and removed", () => {
  using folder = makeFolder();
  const { entries, files, open } = libc;
  const { fd } = folder;
  const list = () => [...Deno.readDirSync(folder.path)].map((entry) => entry.name).sort();
  equal(entries.mkdirat(fd, libc.name("directory"), 0o700), 0);
  const file = entries.openat(fd, libc.name("a"), open.create | open.readWrite, 0o600);
  ok(file >= 0);
  files.close(file);
  equal(entries.linkat(fd, libc.name("a"), fd, libc.otherName("b")), 0);
  equal(entries.symlinkat(libc.otherName("t\udcff"), fd, libc.name("link")), 0);
  const target = entries.readlinkat(fd, libc.name("link"));
  equal(typeof target === "number" ? target : decodeName(target), "t\udcff");
  equal(entries.readlinkat(fd, libc.name("a")), -Errno.EINVAL);
  deepEqual(list(), ["a", "b", "directory", "link"]);

  const taken = entries.renameat2(fd, libc.name("a"), fd, libc.otherName("b"), Rename.noReplace);
  equal(taken, -17);
  equal(entries.renameat2(fd, libc.name("b"), fd, libc.otherName("c")), 0);
  equal(entries.renameat2(fd, libc.name("c"), fd, libc.otherName("link"), Rename.exchange), 0);
  ok(Deno.lstatSync(`${folder.path}/c`).isSymlink);
  equal(entries.unlinkat(fd, libc.name("c"), 0), 0);
  equal(entries.unlinkat(fd, libc.name("directory"), 0), -Errno.EISDIR);
  equal(entries.unlinkat(fd, libc.name("directory"), At.removeDirectory), 0);
  deepEqual(list(), ["a", "link"]);
});

test("mknodat makes fifos and sockets, and device numbers survive", () => {
  using folder = makeFolder();
  const { entries } = libc;
  equal(entries.mknodat(folder.fd, libc.name("fifo"), 0o010600, 0, 0), 0);
  ok(Deno.lstatSync(`${folder.path}/fifo`).isFifo);
  equal(entries.mknodat(folder.fd, libc.name("socket"), 0o140600, 0, 0), 0);
  ok(Deno.lstatSync(`${folder.path}/socket`).isSocket);
  const made = entries.mknodat(folder.fd, libc.name("device"), 0o060600, 0xabc, 0x12345);
  if (made === -Errno.EPERM) return;
  equal(made, 0);
  equal(entries.statx(folder.fd, libc.name("device"), At.noFollow), 0);
  const { stat } = entries;
  deepEqual([stat[StatWord.rdevMajor], stat[StatWord.rdevMinor]], [0xabc, 0x12345]);
});

test("utimensat sets nanoseconds of the entry itself and leaves the access time", () => {
  using folder = makeFolder();
  Deno.writeTextFileSync(`${folder.path}/file`, "");
  Deno.utimeSync(`${folder.path}/file`, 111, 222);
  Deno.symlinkSync("file", `${folder.path}/link`);
  const { entries } = libc;
  const times = [[0, 1], [-1, 999_999_999], [2 ** 32 + 1, 5], [-(2 ** 31), 0]];
  for (const [seconds, nanoseconds] of times) {
    equal(entries.utimensat(folder.fd, libc.name("link"), seconds, nanoseconds), 0);
    equal(entries.statx(folder.fd, libc.name("link"), At.noFollow), 0);
    const { stat } = entries;
    const words = [stat[StatWord.mtime + 1] | 0, stat[StatWord.mtime], stat[StatWord.mtimeNs]];
    deepEqual(words, [Math.floor(seconds / 2 ** 32), seconds >>> 0, nanoseconds]);
  }
  const { mtime, atime } = Deno.statSync(`${folder.path}/file`);
  deepEqual([+mtime!, +atime!], [222_000, 111_000]);
});

/** Calls of a kernel before 6.6, which has no `fchmodat2`. */
function olderEntries(): EntryCalls {
  const { calls, changes, arch } = libc.context;
  const unknown = 9999n;
  const syscall: typeof calls.syscall = (number, ...rest) =>
    calls.syscall(number === SystemCall.fchmodat2 ? unknown : number, ...rest);
  return new EntryCalls(new CallContext({ ...calls, syscall }, () => changes as never, arch));
}

test("fchmodat sets permissions but never a link's, on older kernels too", () => {
  using folder = makeFolder();
  Deno.writeTextFileSync(`${folder.path}/file`, "");
  Deno.symlinkSync("file", `${folder.path}/link`);
  for (const [entries, mode] of [[libc.entries, 0o4711], [olderEntries(), 0o604]] as const) {
    equal(entries.fchmodat(folder.fd, libc.name("file"), mode), 0);
    equal(Deno.statSync(`${folder.path}/file`).mode! & 0o7777, mode);
    equal(entries.fchmodat(folder.fd, libc.name("link"), 0o777), -Errno.EOPNOTSUPP);
    equal(entries.fchmodat(folder.fd, libc.name("missing"), 0o777), -Errno.ENOENT);
    equal(Deno.statSync(`${folder.path}/file`).mode! & 0o7777, mode);
  }
});

test("fchownat changes the entry itself", () => {
  using folder = makeFolder();
  Deno.symlinkSync("nowhere", `${folder.path}/link`);
  const { uid, gid } = Deno.lstatSync(`${folder.path}/link`);
  equal(libc.entries.fchownat(folder.fd, libc.name("link"), -1, gid!), 0);
  if (uid !== 0) return;
  equal(libc.entries.fchownat(folder.fd, libc.name("link"), 3_000_000_000, -1), 0);
  deepEqual(
    [Deno.lstatSync(`${folder.path}/link`).uid, Deno.lstatSync(`${folder.path}/link`).gid],
    [3_000_000_000, gid],
  );
});
