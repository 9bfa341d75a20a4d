/** Adding rows of items, many to a statement. */
import type { Statement } from "#core/sqlite/mod.ts";
import type { CheckedItem } from "./item.ts";

/** Rows to one statement: most of the gain is had by then. */
const INSERT_ROWS = 32;

/** An item and its place. */
export interface NewRow {
  id: number;
  stepId: number;
  attempt: number;
  item: CheckedItem;
}

/** One inserting statement, for many rows and for one. */
export class BulkInsert {
  readonly #many: Statement;
  readonly #one: Statement;

  /** @param prepare Prepares the statement for so many rows. */
  constructor(prepare: (rows: number) => Statement) {
    this.#many = prepare(INSERT_ROWS);
    this.#one = prepare(1);
  }

  /** Writes rows, and tells how many each statement changed. */
  write(rows: readonly NewRow[], then?: (chunk: readonly NewRow[], changes: number) => void): void {
    for (let at = 0; at < rows.length;) {
      const size = rows.length - at >= INSERT_ROWS ? INSERT_ROWS : 1;
      const chunk = rows.slice(at, at + size);
      const statement = size === 1 ? this.#one : this.#many;
      const changes = statement.write(...valuesOf(chunk));
      then?.(chunk, changes);
      at += size;
    }
  }
}

/** What rows are inserted with, one after the other. */
export function valuesOf(rows: readonly NewRow[]): (string | number | Uint8Array)[] {
  const values: (string | number | Uint8Array)[] = [];
  for (const { id, stepId, attempt, item } of rows) {
    const { keyValue, payloadText, weight, priority } = item;
    values.push(id, stepId, keyValue, payloadText, weight, priority, attempt);
  }
  return values;
}
