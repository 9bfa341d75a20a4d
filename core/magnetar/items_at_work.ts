/** The items of a step that are being processed, and how much output each of them has kept. */
import { OrbitError } from "#core/errors.ts";
import type { StoredItem } from "./item_row.ts";

export class ItemsAtWork {
  readonly #items = new Map<string, StoredItem>();
  /** Pieces of output kept so far, by id. */
  readonly #outputs = new Map<number, number>();

  get ids(): number[] {
    return Array.from(this.#items.values(), (item) => item.id);
  }

  /** @throws {OrbitError} `internal` when one of that key is at work already. */
  begin(items: readonly StoredItem[]): void {
    for (const item of items) {
      const before = this.#items.size;
      this.#items.set(item.key, item);
      if (this.#items.size > before) continue;
      const key = JSON.stringify(item.key);
      throw new OrbitError("internal", `process item ${key}: the key was to be given once`);
    }
  }

  get(key: string): StoredItem | undefined {
    return this.#items.get(key);
  }

  /** Whether it is this very item that is at work under its key. */
  has(item: StoredItem): boolean {
    return this.#items.get(item.key) === item;
  }

  /** Counts a further piece of an item's output; returns its place among them, from 0. */
  addOutput({ id }: StoredItem): number {
    const sequence = this.#outputs.get(id) ?? 0;
    this.#outputs.set(id, sequence + 1);
    return sequence;
  }

  /** The item is over or given back; returns whether it kept any output. */
  end({ id, key }: StoredItem): boolean {
    this.#items.delete(key);
    return this.#outputs.delete(id);
  }

  clear(): void {
    this.#items.clear();
  }
}
