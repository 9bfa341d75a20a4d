/**
 * The rows of outputs: pieces of bytes that items bring forth while they are processed, for results
 * too large to be one item's JSON.
 */
import { decodeName } from "#core/names.ts";
import type { Database, Statement } from "#core/sqlite/mod.ts";
import { StateCode } from "./migrations.ts";

/** A piece of what a finished item brought forth. */
export interface Output {
  step: string;
  /** The item's key. */
  key: string;
  /** The item's place in the order of production. */
  position: number;
  /** The piece's place among the item's, from 0. */
  sequence: number;
  data: Uint8Array<ArrayBuffer>;
}

/** Which outputs to list. */
export interface OutputFilter {
  step?: string;
  /** At most so many. */
  limit: number;
  /** The last one of the page before. */
  after?: { position: number; sequence: number };
}

export class OutputTable {
  readonly #insert: Statement;
  readonly #clear: Statement;
  readonly #list: Statement;

  constructor(database: Database) {
    this.#insert = database.prepare(
      "INSERT INTO output (item_id, sequence, data) VALUES (?, ?, ?)",
    );
    this.#clear = database.prepare("DELETE FROM output WHERE item_id = ?");
    this.#list = database.prepare(
      `SELECT item.id, item.key, item.step_id, output.sequence, output.data
       FROM item JOIN output ON output.item_id = item.id
       WHERE item.step_id IN (SELECT value FROM json_each(?1)) AND item.state = ${StateCode.done}
         AND (item.id > ?2 OR (item.id = ?2 AND output.sequence > ?3))
       ORDER BY item.id, output.sequence LIMIT ?4`,
    );
  }

  /** Keeps a piece; the first one of an item takes the place of all that it had before. */
  add(itemId: number, sequence: number, data: Uint8Array): void {
    if (sequence === 0) this.clear(itemId);
    this.#insert.write(itemId, sequence, data);
  }

  clear(itemId: number): void {
    this.#clear.write(itemId);
  }

  /** Outputs of done items, in the order of production. */
  list(steps: ReadonlyMap<number, string>, { limit, after }: OutputFilter): Output[] {
    const rows = this.#list.all(
      JSON.stringify([...steps.keys()]),
      after?.position ?? 0,
      after?.sequence ?? -1,
      limit,
    );
    return rows.map((row) => ({
      step: steps.get(row.step_id)!,
      key: decodeName(row.key),
      position: row.id,
      sequence: row.sequence,
      data: row.data,
    }));
  }
}
