/** A file's bytes in memory: pages that were written, holes between them. */

/** Bytes of one page, the unit of holes and of capacity. */
export const pageSize = 4096;

/** Counts pages in use; throws when there is no room. */
export interface PageBudget {
  take(pages: number): void;
  give(pages: number): void;
}

/** Sparse content of one file. Pages that were never written, or cut off, read as zeros. */
export class MemoryContent {
  size = 0;
  readonly #pages = new Map<number, Uint8Array>();

  constructor(readonly budget: PageBudget) {}

  /** 512-byte units in use. */
  get blocks(): number {
    return this.#pages.size * (pageSize / 512);
  }

  read(into: Uint8Array, position: number): number {
    const end = Math.min(this.size, position + into.length);
    for (let at = position; at < end;) {
      const within = at % pageSize;
      const length = Math.min(pageSize - within, end - at);
      const target = into.subarray(at - position, at - position + length);
      const page = this.#pages.get(Math.floor(at / pageSize));
      if (page) target.set(page.subarray(within, within + length));
      else target.fill(0);
      at += length;
    }
    return Math.max(0, end - position);
  }

  /** Writes all or, when the budget is spent, throws before anything is changed. */
  write(from: Uint8Array, position: number): void {
    if (from.length === 0) return;
    const end = position + from.length;
    this.#allocate(Math.floor(position / pageSize), Math.floor((end - 1) / pageSize));
    for (let at = position; at < end;) {
      const within = at % pageSize;
      const length = Math.min(pageSize - within, end - at);
      const part = from.subarray(at - position, at - position + length);
      this.#pages.get(Math.floor(at / pageSize))!.set(part, within);
      at += length;
    }
    this.size = Math.max(this.size, end);
  }

  truncate(size: number): void {
    if (size < this.size) {
      const kept = Math.ceil(size / pageSize);
      for (const index of [...this.#pages.keys()]) if (index >= kept) this.#drop(index);
      this.#pages.get(Math.floor(size / pageSize))?.fill(0, size % pageSize);
    }
    this.size = size;
  }

  /** Start of the first data at or after `position`; the size when none follows. */
  nextData(position: number): number {
    return this.#next(position, true);
  }

  /** Start of the first hole at or after `position`; the end counts as one. */
  nextHole(position: number): number {
    return this.#next(position, false);
  }

  /** Gives all pages back, when the last name and handle are gone. */
  release(): void {
    for (const index of [...this.#pages.keys()]) this.#drop(index);
  }

  #next(position: number, data: boolean): number {
    let index = Math.floor(position / pageSize);
    if (this.#pages.has(index) === data) return Math.min(position, this.size);
    if (data) {
      const later = [...this.#pages.keys()].filter((page) => page > index);
      if (later.length === 0) return this.size;
      index = later.reduce((a, b) => Math.min(a, b));
    } else {
      while (this.#pages.has(index)) index++;
    }
    return Math.min(index * pageSize, this.size);
  }

  #allocate(first: number, last: number): void {
    const missing: number[] = [];
    for (let index = first; index <= last; index++) {
      if (!this.#pages.has(index)) missing.push(index);
    }
    this.budget.take(missing.length);
    for (const index of missing) this.#pages.set(index, new Uint8Array(pageSize));
  }

  #drop(index: number): void {
    if (this.#pages.delete(index)) this.budget.give(1);
  }
}
