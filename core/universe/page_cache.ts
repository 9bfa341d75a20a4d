/** Pages that were looked at, in memory, up to a bound. */
import { ENTRY_WORDS, PAGE_WORDS, type PageTable } from "./page.ts";

/** Pages in one piece of the cache's memory, which is taken piece by piece: about 1 MiB. */
const SEGMENT_PAGES = 256;

/** A cache that keeps what was used since its hand came by (the clock algorithm). */
export class PageCache {
  readonly #table: PageTable;
  readonly #capacity: number;
  readonly #segments: Uint32Array[] = [];
  readonly #frames = new Map<number, number>();
  readonly #pages: Float64Array;
  readonly #counts: Uint16Array;
  readonly #used: Uint8Array;
  #filled = 0;
  #hand = 0;

  /** What {@linkcode load} found: the words, where the page starts in them, its entries. */
  words: Uint32Array = new Uint32Array(0);
  base = 0;
  count = 0;

  constructor(table: PageTable, bytes: number) {
    this.#table = table;
    this.#capacity = Math.max(SEGMENT_PAGES, Math.floor(bytes / (PAGE_WORDS * 4)));
    this.#pages = new Float64Array(this.#capacity);
    this.#counts = new Uint16Array(this.#capacity);
    this.#used = new Uint8Array(this.#capacity);
  }

  /** Points `words`, `base` and `count` at a page, until the next call. */
  load(page: number): void {
    const frame = this.#frames.get(page) ?? this.#fetch(page);
    this.#used[frame] = 1;
    this.words = this.#segments[Math.floor(frame / SEGMENT_PAGES)];
    this.base = (frame % SEGMENT_PAGES) * PAGE_WORDS;
    this.count = this.#counts[frame];
  }

  #fetch(page: number): number {
    const words = this.#table.read(page);
    const frame = this.#filled < this.#capacity ? this.#take() : this.#evict();
    const segment = this.#segments[Math.floor(frame / SEGMENT_PAGES)];
    segment.set(words, (frame % SEGMENT_PAGES) * PAGE_WORDS);
    this.#pages[frame] = page;
    this.#counts[frame] = words.length / ENTRY_WORDS;
    this.#frames.set(page, frame);
    return frame;
  }

  #take(): number {
    if (this.#filled === this.#segments.length * SEGMENT_PAGES) {
      this.#segments.push(new Uint32Array(SEGMENT_PAGES * PAGE_WORDS));
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
