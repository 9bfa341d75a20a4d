/**
 * Done items, many to a row. Nobody asks for most of them ever again, and all together they take a
 * fraction of what rows of their own with an index on their keys do. Pages of them are read as they
 * are; before a step is run again they become rows, which are found by their keys.
 */
import { type Database, fromJson, type Row, type Statement } from "#core/sqlite/mod.ts";
import type { BulkInsert } from "./bulk_insert.ts";
import { checkItem, type Item } from "./item.ts";
import { type StoredItem, toDone } from "./item_row.ts";

/** What the items of a pack take together at most, if they are more than one. */
const MAX_PACK_BYTES = 256 * 1024;

type PackedItem = [id: number, key: string, payload: unknown, weight: number, priority: number];

export class ItemPacks {
  readonly #insert: Statement;
  readonly #index: Statement;
  readonly #pack: Statement;
  readonly #first: Statement;
  readonly #delete: Statement;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO item_pack (first_id, id, step_id, attempt, items, weight, data)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#index = database.prepare(
      `SELECT id, first_id FROM item_pack
       WHERE step_id IN (SELECT value FROM json_each(?)) AND id > ? AND first_id < ?
       ORDER BY first_id`,
    );
    const columns = "id, step_id, attempt, data";
    this.#pack = database.prepare(`SELECT ${columns} FROM item_pack WHERE id = ?`);
    this.#first = database.prepare(
      `SELECT ${columns} FROM item_pack WHERE step_id = ? ORDER BY first_id LIMIT 1`,
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
      const ids = [items[from].id, items[to - 1].id], data = JSON.stringify(packed);
      this.#insert.write(...ids, stepId, attempt, to - from, weight, data);
      from = to;
    }
  }

  /** The first items of some steps whose ids lie between two others, in their order. */
  page(
    steps: ReadonlyMap<number, string>,
    { after, below, limit }: { after: number; below: number; limit: number },
  ): Item[] {
    let page: Item[] = [];
    const cut = () => page = page.sort((a, b) => a.position - b.position).slice(0, limit);
    for (
      const { id, first_id } of this.#index.all(JSON.stringify([...steps.keys()]), after, below)
    ) {
      if (page.length >= limit && (limit === 0 || first_id > cut()[limit - 1].position)) break;
      const pack = this.#pack.first(id)!, { step_id, attempt } = pack;
      const step = steps.get(step_id)!;
      for (const [position, key, payload, weight, priority] of itemsOf(pack)) {
        if (position <= after || position >= below) continue;
        page.push(toDone({ position, step, key, payload, weight, priority, attempt }));
      }
    }
    return cut();
  }

  /** Whether the step has any. */
  has(stepId: number): boolean {
    return this.#first.first(stepId) !== undefined;
  }

  /**
   * Makes rows of one of a step's packs; returns of how many items, 0 when there is none. Of items
   * with one key the first counts.
   */
  unpackOne(stepId: number, rows: BulkInsert): number {
    const pack = this.#first.first(stepId);
    if (pack === undefined) return 0;
    const { attempt } = pack;
    const items = itemsOf(pack).map(([id, key, payload, weight, priority]) => {
      return { id, stepId, attempt, item: checkItem({ key, payload, weight, priority }) };
    });
    rows.write(items);
    this.#delete.write(pack.id);
    return items.length;
  }
}

/** @throws {OrbitError} `corrupt` when a pack can't be read. */
function itemsOf({ data }: Row): PackedItem[] {
  return fromJson<PackedItem[]>(data)!;
}
