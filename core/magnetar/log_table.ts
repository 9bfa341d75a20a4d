/** The rows of logs: pieces of what a job tells while it runs, for those who follow it. */
import type { Database, Statement } from "#core/sqlite/mod.ts";
import type { JobId } from "./job_id.ts";

/** A piece of what a job told. */
export interface LogPiece {
  /** Grows from piece to piece; `after` of the next page. */
  position: number;
  data: Uint8Array<ArrayBuffer>;
}

/** Which pieces to list. */
export interface LogFilter {
  /** At most so many. */
  limit: number;
  /** The position of the last piece of the page before. */
  after?: number;
}

export class LogTable {
  readonly #insert: Statement;
  readonly #list: Statement;

  constructor(database: Database) {
    this.#insert = database.prepare("INSERT INTO log (job_id, data) VALUES (?, ?)");
    this.#list = database.prepare(
      "SELECT id, data FROM log WHERE job_id = ? AND id > ? ORDER BY id LIMIT ?",
    );
  }

  add(id: JobId, data: Uint8Array): void {
    this.#insert.write(id, data);
  }

  list(id: JobId, { limit, after = 0 }: LogFilter): LogPiece[] {
    return this.#list.all(id, after, limit).map((row) => ({ position: row.id, data: row.data }));
  }
}
