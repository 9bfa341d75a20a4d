/** Pages that were looked at, in memory, up to a bound. */
import { ENTRY_BYTES, PAGE_BYTES, type PageTable, release } from "./page.ts";

/** Pages in one piece of the cache's memory, which is taken piece by piece: about 1 MiB. */
const SEGMENT_PAGES = 256;

/** A cache that keeps what was used since its hand came by (the clock algorithm). */
export class PageCache {
  readonly #table: PageTable;
  readonly #capacity: number;
  readonly #segments: { bytes: Uint8Array; words: Uint32Array; tails: Uint16Array }[] = [];
  readonly #frames = new Map<number, number>();
  readonly #pages: Float64Array;
  readonly #counts: Uint16Array;
  readonly #used: Uint8Array;
  #filled = 0;
  #hand = 0;

  /** What {@linkcode load} found: how many entries, and where their columns begin. */
  count = 0;
  words: Uint32Array = new Uint32Array(0);
  keys = 0;
  slots = 0;
  tails: Uint16Array = new Uint16Array(0);
  rest = 0;

  constructor(table: PageTable, bytes: number) {
    this.#table = table;
    this.#capacity = Math.max(SEGMENT_PAGES, Math.floor(bytes / PAGE_BYTES));
    this.#pages = new Float64Array(this.#capacity);
    this.#counts = new Uint16Array(this.#capacity);
    this.#used = new Uint8Array(this.#capacity);
  }

  /** Points the columns at a page, until the next call. */
  load(page: number): void {
    const frame = this.#frames.get(page) ?? this.#fetch(page);
    this.#used[frame] = 1;
    const { words, tails } = this.#segments[Math.floor(frame / SEGMENT_PAGES)];
    const start = (frame % SEGMENT_PAGES) * PAGE_BYTES;
    this.count = this.#counts[frame];
    this.words = words;
    this.keys = start / 4;
    this.slots = this.keys + this.count;
    this.tails = tails;
    this.rest = start / 2 + this.count * 4;
  }

  #fetch(page: number): number {
    const bytes = this.#table.read(page);
    const frame = this.#filled < this.#capacity ? this.#take() : this.#evict();
    const segment = this.#segments[Math.floor(frame / SEGMENT_PAGES)];
    segment.bytes.set(bytes, (frame % SEGMENT_PAGES) * PAGE_BYTES);
    this.#pages[frame] = page;
    this.#counts[frame] = bytes.length / ENTRY_BYTES;
    this.#frames.set(page, frame);
    release(bytes);
    return frame;
  }

  #take(): number {
    if (this.#filled === this.#segments.length * SEGMENT_PAGES) {
      const bytes = new Uint8Array(SEGMENT_PAGES * PAGE_BYTES);
      const words = new Uint32Array(bytes.buffer), tails = new Uint16Array(bytes.buffer);
      this.#segments.push({ bytes, words, tails });
    }
    return this.#filled++;
  }

  #evict(): number {
    while (this.#used[this.#hand] === 1) {
      this.#used[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % this.#capacity;
    }
    const frame = this.#hand;
    this.#hand = (frame + 1) % this.#capacity;
    this.#frames.delete(this.#pages[frame]);
    return frame;
  }
}
