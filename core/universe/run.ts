/** Sorted runs: what they are, how they are found in their table, and searched. */
import { OrbitError } from "#core/errors.ts";
import type { Database, Row, Statement } from "#core/sqlite/mod.ts";
import type { Candidates } from "./candidates.ts";
import { toKey, toSlot } from "./page.ts";
import type { PageCache } from "./page_cache.ts";

/** Entries of all chunks in the pieces from `firstPiece` to before `endPiece`, in order of keys. */
export interface Run {
  readonly id: number;
  readonly firstPiece: number;
  readonly endPiece: number;
  readonly firstPage: number;
  readonly entries: number;
  /** The key of the first entry of every page; as many as there are pages. */
  readonly fences: Float64Array<ArrayBuffer>;
}

/** The page after a run's last. */
export function endPageOf(run: Run): number {
  return run.firstPage + run.fences.length;
}

/**
 * Hands over up to `limit` slots of a key in one run, the newest first; returns how many.
 * Entries of one key may go on over any number of pages.
 */
export function collectFromRun(
  run: Run,
  pages: PageCache,
  key: number,
  row: number,
  limit: number,
  into: Candidates,
): number {
  let found = 0;
  for (let page = countUpTo(run.fences, key) - 1; page >= 0 && found < limit; page--) {
    pages.load(run.firstPage + page);
    const { words, tails, keys, slots, rest } = pages;
    let at = lastUpTo(pages, key);
    for (; at >= 0 && found < limit; at--, found++) {
      const tail = tails[rest + at];
      if (toKey(words[keys + at], tail) !== key) return found;
      into.add(row, toSlot(words[slots + at], tail));
    }
    if (at >= 0) return found;
  }
  return found;
}

/** How many of the ascending numbers are at most `value`. */
function countUpTo(numbers: Float64Array, value: number): number {
  let low = 0, high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last entry of a page whose key is at most `key`; -1 if there is none. */
function lastUpTo({ words, tails, keys, rest, count }: PageCache, key: number): number {
  let low = 0, high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (toKey(words[keys + middle], tails[rest + middle]) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The table of runs. */
export class RunTable {
  readonly #select: Statement;
  readonly #insert: Statement;
  readonly #delete: Statement;

  constructor(database: Database) {
    this.#select = database.prepare("SELECT * FROM run ORDER BY first_piece");
    this.#insert = database.prepare(
      "INSERT INTO run (first_piece, end_piece, first_page, entries, fences) VALUES (?, ?, ?, ?, ?)" +
        " RETURNING id",
    );
    this.#delete = database.prepare("DELETE FROM run WHERE id = ?");
  }

  /**
   * All runs, the oldest first.
   *
   * @throws {OrbitError} `corrupt` when one doesn't end where the next begins.
   */
  all(): Run[] {
    const runs = this.#select.all().map(toRun);
    let end = 0;
    for (const run of runs) {
      if (run.firstPiece !== end || run.endPiece < end) {
        throw new OrbitError("corrupt", `open the universe: run ${run.id} is misplaced; remove it`);
      }
      end = run.endPiece;
    }
    return runs;
  }

  insert(run: Omit<Run, "id">): Run {
    const { firstPiece, endPiece, firstPage, entries, fences } = run;
    const bytes = new Uint8Array(fences.buffer, fences.byteOffset, fences.byteLength);
    const row = this.#insert.writeReturning(firstPiece, endPiece, firstPage, entries, bytes)!;
    return { ...run, id: row.id };
  }

  delete(run: Run): void {
    this.#delete.write(run.id);
  }
}

function toRun(row: Row): Run {
  const bytes = row.fences as Uint8Array;
  return {
    id: row.id,
    firstPiece: row.first_piece,
    endPiece: row.end_piece,
    firstPage: row.first_page,
    entries: row.entries,
    fences: new Float64Array(bytes.slice(0, bytes.length - bytes.length % 8).buffer),
  };
}
