/**
 * Done items, many to a row. Nobody asks for most of them ever again, and all together they take a
 * fraction of what rows of their own with an index on their keys do. Whoever asks for one has them
 * unpacked into such rows first.
 */
import { type Database, fromJson, type Statement } from "#core/sqlite/mod.ts";
import type { BulkInsert } from "./bulk_insert.ts";
import { checkItem } from "./item.ts";
import type { StoredItem } from "./item_row.ts";

/** What the items of a pack take together at most, if they are more than one. */
const MAX_PACK_BYTES = 256 * 1024;

type PackedItem = [id: number, key: string, payload: unknown, weight: number, priority: number];

export class ItemPacks {
  readonly #insert: Statement;
  readonly #first: Statement;
  readonly #delete: Statement;

  constructor(database: Database) {
    this.#insert = database.prepare(
      "INSERT INTO item_pack (id, step_id, attempt, items, weight, data) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#first = database.prepare(
      "SELECT id, attempt, data FROM item_pack WHERE step_id = ? ORDER BY id LIMIT 1",
    );
    this.#delete = database.prepare("DELETE FROM item_pack WHERE id = ?");
  }

  /** Writes done items, in the order of their ids. */
  add(stepId: number, attempt: number, items: readonly StoredItem[]): void {
    for (let from = 0; from < items.length;) {
      const packed: PackedItem[] = [];
      let to = from, bytes = 0, weight = 0;
      do {
        const item = items[to++];
        packed.push([item.id, item.key, item.payload, item.weight, item.priority]);
        bytes += item.bytes;
        weight += item.weight;
      } while (to < items.length && bytes + items[to].bytes <= MAX_PACK_BYTES);
      const { id } = items[to - 1];
      this.#insert.write(id, stepId, attempt, to - from, weight, JSON.stringify(packed));
      from = to;
    }
  }

  /** Makes rows of a step's packed items. Of those with one key the first counts. */
  unpack(stepId: number, rows: BulkInsert): void {
    for (let pack; (pack = this.#first.first(stepId)) !== undefined;) {
      const { id, attempt, data } = pack;
      rows.write(
        fromJson<PackedItem[]>(data)!.map(([id, key, payload, weight, priority]) => {
          return { id, stepId, attempt, item: checkItem({ key, payload, weight, priority }) };
        }),
      );
      this.#delete.write(id);
    }
  }
}
