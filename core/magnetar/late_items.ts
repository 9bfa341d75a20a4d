/**
 * Items that were produced and aren't written yet. Most are over before they have to be, and then
 * they are written once, as done, instead of twice.
 */
import { OrbitError } from "#core/errors.ts";
import type { BulkInsert, NewRow } from "./bulk_insert.ts";
import type { ItemStatements } from "./item_statements.ts";

export class LateItems {
  readonly #statements: ItemStatements;
  readonly #rows = new Map<number, NewRow>();
  /** The keys in `#rows`, by step. */
  readonly #keys = new Map<number, Set<string>>();
  #claimed: number[] = [];

  constructor(statements: ItemStatements) {
    this.#statements = statements;
  }

  /** Takes in items, and returns them without those whose keys are here already. */
  add(rows: readonly NewRow[]): NewRow[] {
    return rows.filter((row) => {
      const keys = this.#keysOf(row);
      if (keys.has(row.item.key)) return false;
      keys.add(row.item.key);
      this.#rows.set(row.id, row);
      return true;
    });
  }

  /** Has {@linkcode writeClaimed} write items that aren't over by then. */
  claim(ids: readonly number[]): void {
    if (this.#rows.size > 0) this.#claimed.push(...ids);
  }

  /** Writes items as done; returns the ids of those that were written before. */
  writeDone(ids: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
    if (this.#rows.size === 0) return ids;
    const others = ids.filter((id) => !this.#rows.has(id));
    this.#insert(this.#statements.insertDone, ids);
    return others;
  }

  writeClaimed(): void {
    const claimed = this.#claimed;
    this.#claimed = [];
    this.write(claimed);
  }

  writeAll(): void {
    this.#claimed = [];
    this.write([...this.#rows.keys()]);
  }

  /** Writes items as pending, as far as they aren't written. */
  write(ids: Iterable<number>): void {
    if (this.#rows.size > 0) this.#insert(this.#statements.insert, ids);
  }

  /** @throws {OrbitError} `internal` when a step has a key already, which it was not to have. */
  #insert(statement: BulkInsert, ids: Iterable<number>): void {
    statement.write(this.#take(ids), (chunk, changes) => {
      if (changes === chunk.length) return;
      const keys = chunk.map(({ item }) => JSON.stringify(item.key)).join(" or ");
      throw new OrbitError("internal", `add item ${keys}: the key was to be given once`);
    });
  }

  forget(): void {
    this.#rows.clear();
    this.#keys.clear();
    this.#claimed = [];
  }

  #take(ids: Iterable<number>): NewRow[] {
    const taken: NewRow[] = [];
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row === undefined) continue;
      taken.push(row);
      this.#rows.delete(id);
      this.#keysOf(row).delete(row.item.key);
    }
    return taken;
  }

  #keysOf({ stepId }: NewRow): Set<string> {
    const known = this.#keys.get(stepId);
    if (known !== undefined) return known;
    const keys = new Set<string>();
    this.#keys.set(stepId, keys);
    return keys;
  }
}
