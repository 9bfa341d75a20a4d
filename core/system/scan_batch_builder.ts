/** Collecting what a scan finds, row by row, into batches. */
import type { ErrorData } from "#core/errors.ts";
import {
  type AlikeFiles,
  type Attributes,
  Column,
  type Entry,
  ROW_WORDS,
  type ScanBatchData,
  type ScanPart,
  type ScanTrouble,
} from "./scan_batch.ts";

/** The longest name of one entry, on any file system. */
const MAX_NAME_BYTES = 1024;

/** About what a part and a trouble take, beside their texts. */
const PART_BYTES = 32;
const TROUBLE_BYTES = 64;

/** Collects rows into a batch. */
export class ScanBatchBuilder {
  #rows = new Uint32Array(ROW_WORDS * 1024);
  #heap = new Uint8Array(32 * 1024);
  #heapUsed = 0;
  #attributes: Attributes[] = [];
  #attributeBytes = 0;
  #parts: ScanPart[] = [];
  #troubles: ScanTrouble[] = [];
  /** Of parts and troubles, about: a tree of empty directories, or of unreadable ones, has no rows. */
  #otherBytes = 0;
  /** Rows that have been in use since the memory was zeroed. */
  #used = 0;
  /** Rows added so far. */
  count = 0;

  /** Bytes that the batch holds so far. */
  get byteLength(): number {
    return this.count * ROW_WORDS * 4 + this.#heapUsed + this.#attributeBytes + this.#otherBytes;
  }

  /** The rows' memory; fetch it again after {@linkcode addRow}, which may move it. */
  get rows(): Uint32Array {
    return this.#rows;
  }

  /** Adds a zeroed row with the given name and returns the index of its first word. */
  addRow(name: Uint8Array): number {
    const base = this.#nextRow();
    this.#rows[base + Column.nameAt] = this.#append(name);
    this.#rows[base + Column.nameLength] = name.length;
    return base;
  }

  /** As {@linkcode addRow}, with the name that starts at `from` in `memory` and ends at a NUL. */
  addRowOf(memory: Uint8Array, from: number): number {
    const base = this.#nextRow();
    let at = this.#heapUsed;
    if (at + MAX_NAME_BYTES > this.#heap.length) this.#growHeap(at + MAX_NAME_BYTES);
    const heap = this.#heap;
    this.#rows[base + Column.nameAt] = at;
    for (let i = from; memory[i] !== 0; i++) heap[at++] = memory[i];
    this.#rows[base + Column.nameLength] = at - this.#heapUsed;
    this.#heapUsed = at;
    return base;
  }

  /** Whether the name of the row that was added last begins with a byte. */
  lastNameStartsWith(byte: number): boolean {
    const at = this.#rows[(this.count - 1) * ROW_WORDS + Column.nameAt];
    return at < this.#heapUsed && this.#heap[at] === byte;
  }

  /** The size in the row that was added last. */
  get lastSize(): number {
    const base = (this.count - 1) * ROW_WORDS;
    return this.#rows[base + Column.sizeHi] * 2 ** 32 + this.#rows[base + Column.sizeLo];
  }

  /** Takes the row that was added last back out; it has no link and no attributes. */
  dropRow(): void {
    this.#used = Math.max(this.#used, this.count);
    this.#heapUsed = this.#rows[--this.count * ROW_WORDS + Column.nameAt];
  }

  #nextRow(): number {
    if ((this.count + 1) * ROW_WORDS > this.#rows.length) {
      const grown = new Uint32Array(this.#rows.length * 2);
      grown.set(this.#rows);
      this.#rows = grown;
    }
    return this.count++ * ROW_WORDS;
  }

  /** Sets a symbolic link's target on the row that starts at `base`. */
  setLink(base: number, target: Uint8Array): void {
    this.#rows[base + Column.linkAt] = this.#append(target);
    this.#rows[base + Column.linkLength] = target.length;
  }

  /** Sets extended attributes on the row that starts at `base`. */
  setAttributes(base: number, attributes: Attributes): void {
    if (attributes.length === 0) return;
    for (const [name, value] of attributes) this.#attributeBytes += name.length + value.length;
    this.#rows[base + Column.attributes] = this.#attributes.push(attributes);
  }

  /** Writes an entry's facts (all but path) into a new row; the slow, general way. */
  addEntry(name: Uint8Array, entry: Omit<Entry, "path" | "identity" | "link"> & EntryExtra): void {
    const base = this.addRow(name);
    const rows = this.#rows;
    rows[base + Column.mode] = entry.mode;
    rows[base + Column.uid] = entry.uid;
    rows[base + Column.gid] = entry.gid;
    rows[base + Column.nlink] = entry.nlink;
    setWide(rows, base + Column.sizeLo, entry.size);
    setWide(rows, base + Column.mtimeLo, entry.mtime);
    rows[base + Column.mtimeNs] = entry.mtimeNs;
    setWide(rows, base + Column.inoLo, entry.ino);
    rows[base + Column.devMajor] = entry.devMajor;
    rows[base + Column.devMinor] = entry.devMinor;
    rows[base + Column.rdevMajor] = entry.rdevMajor;
    rows[base + Column.rdevMinor] = entry.rdevMinor;
    setWide(rows, base + Column.blocksLo, entry.blocks);
    if (entry.linkBytes) this.setLink(base, entry.linkBytes);
    if (entry.attributes) this.setAttributes(base, entry.attributes);
  }

  /** Closes the run of rows since the last part as a part of `directory`. */
  endPart(
    directory: string,
    part: { last: boolean; complete: boolean; exists: boolean; alike?: AlikeFiles },
  ): void {
    const from = this.#parts.at(-1)?.to ?? 0;
    this.#parts.push({ directory, from, to: this.count, ...part });
    this.#otherBytes += PART_BYTES + directory.length;
  }

  /** Notes something that could not be looked at. */
  addTrouble(path: string, error: ErrorData): void {
    this.#troubles.push({ path, error });
    this.#otherBytes += TROUBLE_BYTES + path.length + error.message.length;
  }

  /** Whether there is anything to send. */
  get isEmpty(): boolean {
    return this.#parts.length === 0 && this.#troubles.length === 0;
  }

  /** Takes what was collected, trimmed, and starts anew. */
  take(): ScanBatchData {
    const data: ScanBatchData = {
      rows: this.#rows.slice(0, this.count * ROW_WORDS),
      heap: this.#heap.slice(0, this.#heapUsed),
      attributes: this.#attributes,
      parts: this.#parts,
      troubles: this.#troubles,
    };
    this.#rows.fill(0, 0, Math.max(this.count, this.#used) * ROW_WORDS);
    this.count = 0;
    this.#used = 0;
    this.#heapUsed = 0;
    this.#attributes = [];
    this.#attributeBytes = 0;
    this.#otherBytes = 0;
    this.#parts = [];
    this.#troubles = [];
    return data;
  }

  #growHeap(least: number): void {
    const grown = new Uint8Array(Math.max(this.#heap.length * 2, least));
    grown.set(this.#heap);
    this.#heap = grown;
  }

  #append(bytes: Uint8Array): number {
    const at = this.#heapUsed;
    if (at + bytes.length > this.#heap.length) this.#growHeap(at + bytes.length);
    if (bytes.length < 40) {
      for (let i = 0; i < bytes.length; i++) this.#heap[at + i] = bytes[i];
    } else {
      this.#heap.set(bytes, at);
    }
    this.#heapUsed = at + bytes.length;
    return at;
  }
}

/** What {@linkcode ScanBatchBuilder.addEntry} needs beside an entry's own facts. */
export interface EntryExtra {
  ino: number;
  devMajor: number;
  devMinor: number;
  linkBytes?: Uint8Array;
}

function setWide(rows: Uint32Array, at: number, value: number): void {
  rows[at] = value >>> 0;
  if (value < 0 || value > 0xffffffff) rows[at] = Number(BigInt.asUintN(32, BigInt(value)));
  rows[at + 1] = Math.floor(value / 2 ** 32);
}
