/**
 * The pending items of one step, in the order they are to be claimed: highest priority first, then
 * in the order of production.
 *
 * A bounded window of them is in memory; the rest is on disk only. Just-produced items enter the
 * window directly, so the usual item is never read back. For each priority the window holds a
 * prefix: once an item of it had to stay on disk, so do all later ones until those before have
 * been loaded. That keeps the order right without asking the database.
 */
import { Fifo } from "./fifo.ts";
import type { StoredItem } from "./item_row.ts";
import type { ItemTable } from "./item_table.ts";

/** Bounds of the window. */
export interface WindowBounds {
  maxItems: number;
  maxBytes: number;
}

export const DEFAULT_WINDOW: WindowBounds = { maxItems: 8192, maxBytes: 16 * 1024 * 1024 };

/** Items read from disk at once. */
const LOAD_ITEMS = 512;

interface Level {
  priority: number;
  /** Failed items whose delay is over; they come first. */
  retries: Fifo<StoredItem>;
  memory: Fifo<StoredItem>;
  /** Pending items behind `cursor`, on disk only. */
  onDisk: number;
  /** Id of the last item that entered the window. */
  cursor: number;
}

export class ReadyQueue {
  readonly #items: ItemTable;
  readonly #stepId: number;
  readonly #bounds: WindowBounds;
  /** Highest priority first. */
  readonly #levels: Level[] = [];
  #inMemory = 0;
  #bytes = 0;
  #length = 0;

  constructor(items: ItemTable, stepId: number, bounds = DEFAULT_WINDOW) {
    this.#items = items;
    this.#stepId = stepId;
    this.#bounds = bounds;
    for (const { priority, items: count } of items.pendingByPriority(stepId)) {
      this.#level(priority).onDisk = count;
      this.#length += count;
    }
  }

  /** Items that can be claimed, in memory and on disk. */
  get length(): number {
    return this.#length;
  }

  /** Items among them that were put off before. */
  get retries(): number {
    return this.#levels.reduce((sum, level) => sum + level.retries.length, 0);
  }

  /** Takes in pending items that were just added, newer than all before. */
  add(items: readonly StoredItem[]): void {
    const left: StoredItem[] = [];
    for (const item of items) {
      const level = this.#level(item.priority);
      this.#length++;
      if (level.onDisk > 0 || this.#isFull()) {
        level.onDisk++;
        left.push(item);
      } else this.#enter(level, level.memory, item);
    }
    this.#items.keep(left);
  }

  /** Takes in items that were put off and may be claimed again. */
  addRetries(items: readonly StoredItem[]): void {
    for (const item of items) {
      const level = this.#level(item.priority);
      this.#length++;
      this.#bytes += item.bytes;
      this.#inMemory++;
      level.retries.push(item);
    }
  }

  /** Takes the next items: one at least, more as far as both bounds allow. */
  take(maxItems: number, maxWeight: number): StoredItem[] {
    const batch: StoredItem[] = [];
    let weight = 0;
    while (batch.length < maxItems) {
      const source = this.#first();
      if (!source) break;
      const item = source.peek()!;
      if (batch.length > 0 && weight + item.weight > maxWeight) break;
      source.shift();
      weight += item.weight;
      this.#inMemory--;
      this.#bytes -= item.bytes;
      this.#length--;
      batch.push(item);
    }
    return batch;
  }

  /** The queue whose head is next, loaded from disk if need be. */
  #first(): Fifo<StoredItem> | undefined {
    for (const level of this.#levels) {
      if (level.retries.length > 0) return level.retries;
      if (level.memory.length === 0 && level.onDisk > 0) this.#load(level);
      if (level.memory.length > 0) return level.memory;
    }
  }

  #load(level: Level): void {
    const loaded = this.#items.load(this.#stepId, level.priority, level.cursor, LOAD_ITEMS);
    for (const item of loaded) this.#enter(level, level.memory, item);
    const left = loaded.length < LOAD_ITEMS ? 0 : Math.max(0, level.onDisk - loaded.length);
    this.#length += left + loaded.length - level.onDisk;
    level.onDisk = left;
  }

  #enter(level: Level, queue: Fifo<StoredItem>, item: StoredItem): void {
    queue.push(item);
    level.cursor = item.id;
    this.#inMemory++;
    this.#bytes += item.bytes;
  }

  #isFull(): boolean {
    return this.#inMemory >= this.#bounds.maxItems || this.#bytes >= this.#bounds.maxBytes;
  }

  #level(priority: number): Level {
    let at = this.#levels.findIndex((level) => level.priority <= priority);
    if (at < 0) at = this.#levels.length;
    if (this.#levels[at]?.priority === priority) return this.#levels[at];
    const retries = new Fifo<StoredItem>(), memory = new Fifo<StoredItem>();
    const level = { priority, retries, memory, onDisk: 0, cursor: 0 };
    this.#levels.splice(at, 0, level);
    return level;
  }
}
