/**
 * Pages of a sorted run: up to 336 entries in three columns of 32 bits, so that the rows of the
 * table fit a database page of 4 KiB. Compared one after the other the columns order entries by
 * key, then by slot.
 */
import { OrbitError } from "#core/errors.ts";
import type { Database, Statement } from "#core/sqlite/mod.ts";

export const PAGE_ENTRIES = 336;
/** 32-bit words of an entry: the key's upper 32 bits, its lower 16 and the slot's upper 16, the slot's lower 32. */
export const ENTRY_WORDS = 3;
export const PAGE_WORDS = PAGE_ENTRIES * ENTRY_WORDS;
const ENTRY_BYTES = ENTRY_WORDS * 4;

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
   * The words of a page, column by column.
   *
   * @throws {OrbitError} `corrupt` when it is missing or malformed.
   */
  read(id: number): Uint32Array {
    const bytes = this.#select.first(id)?.entries as Uint8Array | undefined;
    if (
      bytes === undefined || bytes.length === 0 || bytes.length % ENTRY_BYTES !== 0 ||
      bytes.length > PAGE_ENTRIES * ENTRY_BYTES
    ) {
      const found = bytes === undefined ? "missing" : `${bytes.length} bytes`;
      throw new OrbitError("corrupt", `read page ${id} of the universe: ${found}; remove it`);
    }
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  }

  insert(id: number, words: Uint32Array): void {
    this.#insert.write(id, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  }

  delete(from: number, end: number): void {
    this.#delete.write(from, end);
  }
}

/** Writes entries that come in order into pages under ids that follow one another. */
export class PageWriter {
  readonly #table: PageTable;
  readonly #words = new Uint32Array(PAGE_WORDS);
  readonly #fences: number[] = [];
  #filled = 0;
  entries = 0;

  constructor(table: PageTable, readonly firstPage: number) {
    this.#table = table;
  }

  add(keyHigh: number, keyLowSlotHigh: number, slotLow: number): void {
    const at = this.#filled++;
    this.#words[at] = keyHigh;
    this.#words[PAGE_ENTRIES + at] = keyLowSlotHigh;
    this.#words[2 * PAGE_ENTRIES + at] = slotLow;
    if (this.#filled === PAGE_ENTRIES) this.#flush();
  }

  #flush(): void {
    const count = this.#filled;
    if (count === 0) return;
    const words = this.#words;
    if (count < PAGE_ENTRIES) {
      words.copyWithin(count, PAGE_ENTRIES, PAGE_ENTRIES + count);
      words.copyWithin(2 * count, 2 * PAGE_ENTRIES, 2 * PAGE_ENTRIES + count);
    }
    this.#table.insert(this.firstPage + this.#fences.length, words.subarray(0, count * 3));
    this.#fences.push(words[0] * 0x10000 + (words[count] >>> 16));
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
  #words: Uint32Array = new Uint32Array(0);
  #count = 0;
  #at = 0;

  keyHigh = 0;
  keyLowSlotHigh = 0;
  slotLow = 0;
  isOver = false;

  constructor(table: PageTable, firstPage: number, endPage: number) {
    this.#table = table;
    this.#page = firstPage;
    this.#end = endPage;
    this.next();
  }

  next(): void {
    if (this.#at === this.#count) {
      if (this.#page === this.#end) {
        this.isOver = true;
        return;
      }
      this.#words = this.#table.read(this.#page++);
      this.#count = this.#words.length / ENTRY_WORDS;
      this.#at = 0;
    }
    const at = this.#at++;
    this.keyHigh = this.#words[at];
    this.keyLowSlotHigh = this.#words[this.#count + at];
    this.slotLow = this.#words[2 * this.#count + at];
  }

  /** Whether its entry comes before another's. */
  isBefore(other: PageReader): boolean {
    if (this.keyHigh !== other.keyHigh) return this.keyHigh < other.keyHigh;
    if (this.keyLowSlotHigh !== other.keyLowSlotHigh) {
      return this.keyLowSlotHigh < other.keyLowSlotHigh;
    }
    return this.slotLow < other.slotLow;
  }
}
