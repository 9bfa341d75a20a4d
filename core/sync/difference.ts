/** Comparing the two sides of one name: pure, on rows, without making objects. */
import {
  Column,
  type Entry,
  FileType,
  ROW_WORDS,
  type ScanBatch,
} from "#core/system/scan_batch.ts";
import { equalBytes } from "#core/hash/mod.ts";
import type { SyncOptions } from "./options.ts";

/** What differs between two entries; a set of bits. */
export const Difference = {
  none: 0,
  type: 1,
  size: 2,
  time: 4,
  permissions: 8,
  owner: 16,
  group: 32,
  /** A link's target, or a device's number. */
  target: 64,
  acl: 128,
  attributes: 256,
  /** Content, found by comparing hashes. */
  content: 512,
} as const;

/** Bits that are only metadata. */
export const METADATA_DIFFERENCES = Difference.time | Difference.permissions | Difference.owner |
  Difference.group | Difference.acl | Difference.attributes;

/** Finds what a sync with the given options would have to change. */
export class Comparer {
  readonly #times: boolean;
  readonly #permissions: boolean;
  readonly #owner: boolean;
  readonly #groups: KeptGroups;
  readonly #attributes: boolean;
  /** Nanoseconds that two times may differ by and still be equal: the coarser side's step. */
  readonly #timeStepNs: number;

  constructor(preserve: SyncOptions["preserve"], timeStepNs: number, groups?: readonly number[]) {
    this.#times = preserve.times;
    this.#permissions = preserve.permissions;
    this.#owner = preserve.owner;
    this.#groups = new KeptGroups(preserve.group, groups);
    this.#attributes = preserve.attributes || preserve.acls;
    this.#timeStepNs = timeStepNs;
  }

  /** All differences between a source row and a destination row. */
  compare(a: ScanBatch, aRow: number, b: ScanBatch, bRow: number): number {
    const x = a.data.rows, y = b.data.rows;
    const i = aRow * ROW_WORDS, j = bRow * ROW_WORDS;
    const aMode = x[i + Column.mode], bMode = y[j + Column.mode];
    const type = aMode & FileType.mask;
    if (type !== (bMode & FileType.mask)) return Difference.type;
    let found: number = Difference.none;
    if (
      type === FileType.file &&
      (x[i + Column.sizeLo] !== y[j + Column.sizeLo] ||
        x[i + Column.sizeHi] !== y[j + Column.sizeHi])
    ) found |= Difference.size;
    if (type === FileType.link) {
      if (!sameLink(a, i, b, j)) found |= Difference.target;
    } else if (this.#permissions && (aMode & 0o7777) !== (bMode & 0o7777)) {
      found |= Difference.permissions;
    }
    if (this.#times && !this.sameTime(x, i, y, j)) found |= Difference.time;
    if (this.#owner && x[i + Column.uid] !== y[j + Column.uid]) found |= Difference.owner;
    const gid = x[i + Column.gid];
    if (gid !== y[j + Column.gid] && this.#groups.has(gid)) found |= Difference.group;
    if (type === FileType.block || type === FileType.character) {
      const same = x[i + Column.rdevMajor] === y[j + Column.rdevMajor] &&
        x[i + Column.rdevMinor] === y[j + Column.rdevMinor];
      if (!same) found |= Difference.target;
    }
    if (this.#attributes) found |= attributeDifferences(a, i, b, j);
    return found;
  }

  /** Whether two rows (by the index of their first word) have one modification time. */
  sameTime(x: Uint32Array, i: number, y: Uint32Array, j: number): boolean {
    const sameSecond = x[i + Column.mtimeLo] === y[j + Column.mtimeLo] &&
      x[i + Column.mtimeHi] === y[j + Column.mtimeHi];
    if (sameSecond && x[i + Column.mtimeNs] === y[j + Column.mtimeNs]) return true;
    if (this.#timeStepNs <= 1) return false;
    const seconds = secondsOf(x, i) - secondsOf(y, j);
    if (Math.abs(seconds) > 4) return false;
    const apart = seconds * 1e9 + x[i + Column.mtimeNs] - y[j + Column.mtimeNs];
    return Math.abs(apart) < this.#timeStepNs;
  }
}

/** Which groups a copy keeps: those that the user may give, as rsync has it. */
export class KeptGroups {
  readonly #kept: boolean;
  readonly #given: ReadonlySet<number> | undefined;

  /** @param given The only groups that files can be given; absent for any. */
  constructor(kept: boolean, given?: readonly number[]) {
    this.#kept = kept;
    this.#given = given && new Set(given);
  }

  has(gid: number): boolean {
    return this.#kept && (this.#given?.has(gid) ?? true);
  }
}

/** Orders two entries by their modification times. */
export function compareTimes(a: EntryTime, b: EntryTime): number {
  return a.mtime - b.mtime || a.mtimeNs - b.mtimeNs;
}

type EntryTime = Pick<Entry, "mtime" | "mtimeNs">;

/** Seconds of a row's modification time. */
export function secondsOf(rows: Uint32Array, base: number): number {
  return (rows[base + Column.mtimeHi] | 0) * 2 ** 32 + rows[base + Column.mtimeLo];
}

function sameLink(a: ScanBatch, i: number, b: ScanBatch, j: number): boolean {
  return equalBytes(linkOf(a, i), linkOf(b, j));
}

function linkOf(batch: ScanBatch, base: number): Uint8Array {
  const { rows, heap } = batch.data;
  const at = rows[base + Column.linkAt];
  return heap.subarray(at, at + rows[base + Column.linkLength]);
}

function attributeDifferences(a: ScanBatch, i: number, b: ScanBatch, j: number): number {
  const x = a.data.attributes[a.data.rows[i + Column.attributes] - 1] ?? [];
  const y = b.data.attributes[b.data.rows[j + Column.attributes] - 1] ?? [];
  let found = 0;
  const theirs = new Map(y);
  for (const [name, value] of x) {
    const other = theirs.get(name);
    if (other === undefined || !equalBytes(value, other)) found |= bitOf(name);
    theirs.delete(name);
  }
  for (const name of theirs.keys()) found |= bitOf(name);
  return found;
}

function bitOf(name: string): number {
  return name.startsWith("system.posix_acl_") ? Difference.acl : Difference.attributes;
}
