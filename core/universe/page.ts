/**
 * Pages of a sorted run: up to 404 entries in three columns, so that the rows of the table fit a
 * database page of 4 KiB. Of each entry first the upper 32 bits of the key, for all of them, then
 * the lower 32 of the slot, then 16 bits that hold the rest of both, the key's above the slot's.
 */
import { OrbitError } from "#core/errors.ts";
import type { Database, Statement } from "#core/sqlite/mod.ts";

export const PAGE_ENTRIES = 404;
export const ENTRY_BYTES = 10;
export const PAGE_BYTES = PAGE_ENTRIES * ENTRY_BYTES;

/** The number in which an entry's key is, from its first and its third column. */
export function toKey(keyHigh: number, tail: number): number {
  return keyHigh * 0x100 + (tail >>> 8);
}

/** The number in which an entry's slot is, from its second and its third column. */
export function toSlot(slotLow: number, tail: number): number {
  return (tail & 0xff) * 0x100000000 + slotLow;
}

/**
 * Gives a blob that was read, and is needed no more, back to the system at once. Thousands of them
 * wait for the garbage collector otherwise, which doesn't see how large they are.
 */
export function release(blob: ArrayBufferView): void {
  (blob.buffer as ArrayBuffer).transfer(0);
}

/** The table of pages. */
export class PageTable {
  readonly #select: Statement;
  readonly #insert: Statement;
  readonly #delete: Statement;

  constructor(database: Database) {
    this.#select = database.prepare("SELECT entries FROM page WHERE id = ?");
    this.#insert = database.prepare("INSERT INTO page (id, entries) VALUES (?, ?)");
    this.#delete = database.prepare("DELETE FROM page WHERE id >= ? AND id < ?");
  }

  /**
   * A page's bytes, at an address that is a multiple of four; to be released by the caller.
   *
   * @throws {OrbitError} `corrupt` when it is missing or malformed.
   */
  read(id: number): Uint8Array {
    const bytes = this.#select.first(id)?.entries as Uint8Array | undefined;
    if (
      bytes === undefined || bytes.length === 0 || bytes.length % ENTRY_BYTES !== 0 ||
      bytes.length > PAGE_BYTES
    ) {
      const found = bytes === undefined ? "missing" : `${bytes.length} bytes`;
      throw new OrbitError("corrupt", `read page ${id} of the universe: ${found}; remove it`);
    }
    return bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  }

  insert(id: number, bytes: Uint8Array): void {
    this.#insert.write(id, bytes);
  }

  delete(from: number, end: number): void {
    this.#delete.write(from, end);
  }
}

/** Writes entries that come in order into pages under ids that follow one another. */
export class PageWriter {
  readonly #table: PageTable;
  readonly #bytes = new Uint8Array(PAGE_BYTES);
  readonly #words = new Uint32Array(this.#bytes.buffer, 0, PAGE_ENTRIES * 2);
  readonly #tails = new Uint16Array(this.#bytes.buffer, PAGE_ENTRIES * 8);
  readonly #fences: number[] = [];
  #filled = 0;
  entries = 0;

  constructor(table: PageTable, readonly firstPage: number) {
    this.#table = table;
  }

  add(keyHigh: number, slotLow: number, tail: number): void {
    const at = this.#filled++;
    this.#words[at] = keyHigh;
    this.#words[PAGE_ENTRIES + at] = slotLow;
    this.#tails[at] = tail;
    if (this.#filled === PAGE_ENTRIES) this.#flush();
  }

  #flush(): void {
    const count = this.#filled;
    if (count === 0) return;
    this.#fences.push(toKey(this.#words[0], this.#tails[0]));
    if (count < PAGE_ENTRIES) {
      this.#bytes.copyWithin(count * 4, PAGE_ENTRIES * 4, (PAGE_ENTRIES + count) * 4);
      this.#bytes.copyWithin(count * 8, PAGE_ENTRIES * 8, PAGE_ENTRIES * 8 + count * 2);
    }
    const page = this.firstPage + this.#fences.length - 1;
    this.#table.insert(page, this.#bytes.subarray(0, count * ENTRY_BYTES));
    this.entries += count;
    this.#filled = 0;
  }

  /** Writes the last page; returns the key of the first entry of every page. */
  finish(): Float64Array<ArrayBuffer> {
    this.#flush();
    return Float64Array.from(this.#fences);
  }
}

/** Reads the entries of pages that follow one another, in order. */
export class PageReader {
  readonly #table: PageTable;
  #page: number;
  readonly #end: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #words = new Uint32Array(0);
  #tails = new Uint16Array(0);
  #at = 0;

  keyHigh = 0;
  slotLow = 0;
  tail = 0;
  isOver = false;

  constructor(table: PageTable, firstPage: number, endPage: number) {
    this.#table = table;
    this.#page = firstPage;
    this.#end = endPage;
    this.next();
  }

  next(): void {
    if (this.#at === this.#tails.length) {
      if (this.#page === this.#end) {
        this.isOver = true;
        release(this.#bytes);
        return;
      }
      this.#load(this.#page++);
    }
    const at = this.#at++;
    this.keyHigh = this.#words[at];
    this.slotLow = this.#words[this.#tails.length + at];
    this.tail = this.#tails[at];
  }

  #load(page: number): void {
    release(this.#bytes);
    this.#bytes = this.#table.read(page);
    const { buffer, byteOffset, length } = this.#bytes as Uint8Array<ArrayBuffer>;
    const count = length / ENTRY_BYTES;
    this.#words = new Uint32Array(buffer, byteOffset, count * 2);
    this.#tails = new Uint16Array(buffer, byteOffset + count * 8, count);
    this.#at = 0;
  }

  /** Whether its entry comes before another's: by key, then by slot. */
  isBefore(other: PageReader): boolean {
    if (this.keyHigh !== other.keyHigh) return this.keyHigh < other.keyHigh;
    if (this.tail !== other.tail) return this.tail < other.tail;
    return this.slotLow < other.slotLow;
  }
}
