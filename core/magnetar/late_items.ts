/**
 * Items that were produced and aren't written yet. Most are over before they have to be, and then
 * they are written once, as done, instead of twice.
 */
import type { NewRow } from "./bulk_insert.ts";
import type { ItemStatements } from "./item_statements.ts";

export class LateItems {
  readonly #statements: ItemStatements;
  readonly #rows = new Map<number, NewRow>();
  #claimed: number[] = [];

  constructor(statements: ItemStatements) {
    this.#statements = statements;
  }

  add(rows: readonly NewRow[]): void {
    for (const row of rows) this.#rows.set(row.id, row);
  }

  /** Has {@linkcode writeClaimed} write items that aren't over by then. */
  claim(ids: readonly number[]): void {
    if (this.#rows.size > 0) this.#claimed.push(...ids);
  }

  /** Writes items as done; returns the ids of those that were written before. */
  writeDone(ids: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
    if (this.#rows.size === 0) return ids;
    const others = ids.filter((id) => !this.#rows.has(id));
    this.#statements.insertDone.write(this.#take(ids));
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
    if (this.#rows.size > 0) this.#statements.insert.write(this.#take(ids));
  }

  forget(): void {
    this.#rows.clear();
    this.#claimed = [];
  }

  #take(ids: Iterable<number>): NewRow[] {
    const taken: NewRow[] = [];
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row === undefined) continue;
      taken.push(row);
      this.#rows.delete(id);
    }
    return taken;
  }
}
