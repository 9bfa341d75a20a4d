/** Pieces that are gone while a run still names them: what merges leave out. */
import type { Database, Statement } from "#core/sqlite/mod.ts";

/** Pieces that were gone when a merge began. */
export class GonePieces {
  readonly #firsts: Float64Array;
  readonly #ends: Float64Array;

  /** @param rows `[first, count]`, ascending. */
  constructor(rows: readonly (readonly [number, number])[]) {
    this.#firsts = Float64Array.from(rows, ([first]) => first);
    this.#ends = Float64Array.from(rows, ([first, count]) => first + count);
  }

  get isEmpty(): boolean {
    return this.#firsts.length === 0;
  }

  has(piece: number): boolean {
    let low = 0, high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#firsts[middle] <= piece) low = middle + 1;
      else high = middle;
    }
    return low > 0 && piece < this.#ends[low - 1];
  }
}

/** The table of them. */
export class GoneTable {
  readonly #insert: Statement;
  readonly #select: Statement;
  readonly #delete: Statement;
  readonly #chunks: Statement;
  /** Those that go from here on belong to the merge after the one that is going on. */
  #epoch: number;

  constructor(database: Database) {
    this.#insert = database.prepare(
      "INSERT INTO gone (first_piece, pieces, chunks, epoch) VALUES (?, ?, ?, ?)",
    );
    this.#select = database.prepare(
      "SELECT first_piece, pieces FROM gone WHERE first_piece >= ? AND first_piece < ? " +
        "ORDER BY first_piece",
    );
    this.#delete = database.prepare(
      "DELETE FROM gone WHERE first_piece >= ? AND first_piece < ? AND epoch <= ?",
    );
    this.#chunks = database.prepare(
      "SELECT coalesce(sum(chunks), 0) AS chunks FROM gone WHERE first_piece >= ? AND first_piece < ?",
    );
    this.#epoch = Number(database.prepare("SELECT max(epoch) AS epoch FROM gone").first()?.epoch) +
      1;
  }

  add(firstPiece: number, pieces: number, chunks: number): void {
    this.#insert.write(firstPiece, pieces, chunks, this.#epoch);
  }

  /** What a merge of the pieces from `first` to before `end` leaves out. */
  startMerge(first: number, end: number): { pieces: GonePieces; epoch: number } {
    const rows = this.#select.all(first, end);
    const pieces = rows.map((row) => [row.first_piece, row.pieces] as const);
    return { pieces: new GonePieces(pieces), epoch: this.#epoch++ };
  }

  /** Forgets those that a merge has left out. */
  endMerge(first: number, end: number, epoch: number): void {
    this.#delete.write(first, end, epoch);
  }

  /** Chunks that a run of these pieces names in vain, at most. */
  chunksBetween(first: number, end: number): number {
    return Number(this.#chunks.first(first, end)?.chunks);
  }
}
