/** `struct statx` as the port's facts and as rows of a batch. */
import { StatWord } from "#core/posix/mod.ts";
import type { AlikeRule, FileFacts } from "./disk.ts";
import { Column, FileType } from "./scan_batch.ts";

const HIGH = 2 ** 32;

/** The type and permission bits. */
export function modeIn(stat: Uint32Array): number {
  return stat[StatWord.mode] & 0xffff;
}

/** Whether the facts are those of the given `FileType`. */
export function isOfType(stat: Uint32Array, type: number): boolean {
  return (stat[StatWord.mode] & FileType.mask) === type;
}

/** The facts as an object. */
export function toFacts(stat: Uint32Array): FileFacts {
  return {
    mode: modeIn(stat),
    uid: stat[StatWord.uid],
    gid: stat[StatWord.gid],
    nlink: stat[StatWord.nlink],
    size: wide(stat, StatWord.size),
    mtime: signedWide(stat, StatWord.mtime),
    mtimeNs: stat[StatWord.mtimeNs],
    ctime: signedWide(stat, StatWord.ctime),
    ctimeNs: stat[StatWord.ctimeNs],
    ino: wide(stat, StatWord.ino),
    devMajor: stat[StatWord.devMajor],
    devMinor: stat[StatWord.devMinor],
    rdevMajor: stat[StatWord.rdevMajor],
    rdevMinor: stat[StatWord.rdevMinor],
    blocks: wide(stat, StatWord.blocks),
  };
}

/** Copies the facts into the row that starts at `base`, word by word. */
export function copyToRow(stat: Uint32Array, rows: Uint32Array, base: number): void {
  rows[base + Column.mode] = stat[StatWord.mode] & 0xffff;
  rows[base + Column.uid] = stat[StatWord.uid];
  rows[base + Column.gid] = stat[StatWord.gid];
  rows[base + Column.nlink] = stat[StatWord.nlink];
  rows[base + Column.sizeLo] = stat[StatWord.size];
  rows[base + Column.sizeHi] = stat[StatWord.size + 1];
  rows[base + Column.mtimeLo] = stat[StatWord.mtime];
  rows[base + Column.mtimeHi] = stat[StatWord.mtime + 1];
  rows[base + Column.mtimeNs] = stat[StatWord.mtimeNs];
  rows[base + Column.inoLo] = stat[StatWord.ino];
  rows[base + Column.inoHi] = stat[StatWord.ino + 1];
  rows[base + Column.devMajor] = stat[StatWord.devMajor];
  rows[base + Column.devMinor] = stat[StatWord.devMinor];
  rows[base + Column.rdevMajor] = stat[StatWord.rdevMajor];
  rows[base + Column.rdevMinor] = stat[StatWord.rdevMinor];
  rows[base + Column.blocksLo] = stat[StatWord.blocks];
  rows[base + Column.blocksHi] = stat[StatWord.blocks + 1];
}

/** Whether the facts are those in the row that starts at `base`, as far as a rule says. */
export function isLikeRow(
  stat: Uint32Array,
  rows: Uint32Array,
  base: number,
  { permissions, owner, group }: AlikeRule,
): boolean {
  const modeBits = permissions ? 0xffff : FileType.mask;
  return rows[base + Column.mtimeNs] === stat[StatWord.mtimeNs] &&
    rows[base + Column.mtimeLo] === stat[StatWord.mtime] &&
    rows[base + Column.mtimeHi] === stat[StatWord.mtime + 1] &&
    rows[base + Column.sizeLo] === stat[StatWord.size] &&
    rows[base + Column.sizeHi] === stat[StatWord.size + 1] &&
    ((rows[base + Column.mode] ^ stat[StatWord.mode]) & modeBits) === 0 &&
    (!owner || rows[base + Column.uid] === stat[StatWord.uid]) &&
    (!group || rows[base + Column.gid] === stat[StatWord.gid]);
}

function wide(words: Uint32Array, at: number): number {
  return words[at + 1] * HIGH + words[at];
}

function signedWide(words: Uint32Array, at: number): number {
  return (words[at + 1] | 0) * HIGH + words[at];
}
