/**
 * The sorted runs of the index: new ones are added, and merged in steps, so that there are never
 * many and no call has to do a whole merge.
 *
 * Decision: runs of pages in SQLite rather than rows of chunks in a table of its own. Hashes come
 * in no order, so each row would go to another page of the table, and every commit would write as
 * many pages as it has chunks; runs are written in their order, a few times each. Cost: a look-up
 * asks every run.
 */
import type { Database, Statement } from "#core/sqlite/mod.ts";
import type { Candidates } from "./candidates.ts";
import type { IndexLimits } from "./index_limits.ts";
import type { FreshIndex } from "./fresh_index.ts";
import { GoneTable } from "./gone_table.ts";
import { Merge } from "./merge.ts";
import { PAGE_ENTRIES, PageTable, PageWriter } from "./page.ts";
import { PageCache } from "./page_cache.ts";
import { collectFromRun, endPageOf, type Run, RunTable } from "./run.ts";

/** Pages of debris that are deleted in one transaction. */
const STEP_PAGES = 512;
/** How many times cheaper that is than a step of a merge. */
const DELETION_GAIN = 8;
/** With more runs than this a merge is no longer put off. */
const MAX_RUNS = 24;

/** All runs, and what happens to them. */
export class RunSet {
  readonly #database: Database;
  readonly #stepEntries: number;
  readonly #pages: PageTable;
  readonly #table: RunTable;
  readonly #gone: GoneTable;
  readonly #cache: PageCache;
  readonly #debris: Record<"insert" | "first" | "advance" | "delete" | "end", Statement>;
  #runs: Run[];
  /** Chunks of each run that are gone. */
  #deadOf = new Map<Run, number>();
  #merge?: Merge;
  #nextPage: number;

  constructor(database: Database, { cacheBytes, stepEntries }: IndexLimits) {
    this.#stepEntries = stepEntries;
    this.#database = database;
    this.#pages = new PageTable(database);
    this.#table = new RunTable(database);
    this.#gone = new GoneTable(database);
    this.#cache = new PageCache(this.#pages, cacheBytes);
    this.#debris = {
      insert: database.prepare("INSERT INTO debris (first_page, end_page) VALUES (?, ?)"),
      first: database.prepare("SELECT * FROM debris LIMIT 1"),
      advance: database.prepare("UPDATE debris SET first_page = ? WHERE first_page = ?"),
      delete: database.prepare("DELETE FROM debris WHERE first_page = ?"),
      end: database.prepare("SELECT coalesce(max(end_page), 0) AS page FROM debris"),
    };
    this.#runs = this.#table.all();
    this.recount();
    const ends = this.#runs.map(endPageOf);
    this.#nextPage = Math.max(1, Number(this.#debris.end.first()!.page), ...ends);
  }

  /** The first piece that is in no run. */
  get endPiece(): number {
    return this.#runs.at(-1)?.endPiece ?? 0;
  }

  get count(): number {
    return this.#runs.length;
  }

  /** Entries of all runs, those of removed files too. */
  get entries(): number {
    return this.#runs.reduce((sum, run) => sum + run.entries, 0);
  }

  /** Hands over up to `limit` slots of a key, the newest first; returns how many. */
  collect(key: number, row: number, limit: number, into: Candidates): number {
    let found = 0;
    for (let i = this.#runs.length - 1; i >= 0 && found < limit; i--) {
      found += collectFromRun(this.#runs[i], this.#cache, key, row, limit - found, into);
    }
    return found;
  }

  /** Notes that a file's pieces are gone; only if they are in a run. In the caller's transaction. */
  remove(firstPiece: number, pieces: number, chunks: number): void {
    if (pieces === 0) return;
    this.#gone.add(firstPiece, pieces, chunks);
    const run = this.#runs.find(({ endPiece }) => firstPiece < endPiece)!;
    this.#deadOf.set(run, this.#deadOf.get(run)! + chunks);
  }

  /** Reads again how much of each run is gone, as after a transaction that failed. */
  recount(): void {
    this.#deadOf = new Map(
      this.#runs.map((run) => [run, this.#gone.chunksBetween(run.firstPiece, run.endPiece)]),
    );
  }

  /** Makes a run of all fresh entries, in a transaction of its own. */
  addRun(fresh: FreshIndex, endPiece: number): void {
    const run = this.#database.transact(() => {
      const writer = new PageWriter(this.#pages, this.#nextPage);
      fresh.forEachSorted((key, slot) => {
        const keyHigh = Math.floor(key / 0x100), slotHigh = Math.floor(slot / 0x100000000);
        writer.add(keyHigh, slot >>> 0, (key - keyHigh * 0x100) * 0x100 + slotHigh);
      });
      const fences = writer.finish();
      const { firstPage, entries } = writer;
      return this.#table.insert({
        ...{ firstPiece: this.endPiece, endPiece, firstPage, entries, fences },
      });
    });
    this.#nextPage = endPageOf(run);
    this.#runs.push(run);
    this.#deadOf.set(run, 0);
  }

  /**
   * Merges and tidies for about so many entries, each step a transaction.
   *
   * @returns Whether there is more to do.
   */
  work(entries: number): boolean {
    let left = this.#runs.length > MAX_RUNS ? Infinity : entries;
    while (left > 0) {
      if (this.#merge !== undefined) {
        this.#step(this.#merge);
        left -= this.#stepEntries;
      } else if (this.#deleteDebris()) left -= this.#stepEntries / DELETION_GAIN;
      else if (!this.#startMerge()) return false;
    }
    return true;
  }

  #step(merge: Merge): void {
    try {
      const hasMore = this.#database.transact(() => {
        if (merge.step(this.#stepEntries)) return true;
        this.#finish(merge, merge.finish());
        return false;
      });
      if (!hasMore) this.#merge = undefined;
    } catch (error) {
      // What it wrote so far is debris; the runs are as they were.
      this.#merge = undefined;
      this.#runs = this.#table.all();
      this.recount();
      throw error;
    }
  }

  #finish(merge: Merge, made: Omit<Run, "id">): void {
    for (const run of merge.runs) {
      this.#table.delete(run);
      if (run.fences.length > 0) this.#debris.insert.write(run.firstPage, endPageOf(run));
    }
    this.#debris.delete.write(made.firstPage);
    this.#gone.endMerge(made.firstPiece, made.endPiece, merge.epoch);
    const at = this.#runs.indexOf(merge.runs[0]);
    this.#runs.splice(at, merge.runs.length, this.#table.insert(made));
    this.recount();
  }

  #startMerge(): boolean {
    const runs = this.#choose();
    if (runs.length === 0) return false;
    const firstPage = this.#nextPage;
    // Each input page but the last is full, so that this many are enough.
    const most = Math.ceil(runs.reduce((sum, run) => sum + run.entries, 0) / PAGE_ENTRIES) + 1;
    this.#database.transact(() => this.#debris.insert.write(firstPage, firstPage + most));
    this.#nextPage = firstPage + most;
    const { pieces, epoch } = this.#gone.startMerge(runs[0].firstPiece, runs.at(-1)!.endPiece);
    this.#merge = new Merge(this.#pages, runs, pieces, epoch, firstPage);
    return true;
  }

  /**
   * The newest runs, back to one that is at least twice as large as all after it, or else one of
   * which too much is gone; none if all is well. So there are about as many runs as the index has
   * binary digits more than a run of fresh entries, and an entry is written as many times.
   */
  #choose(): Run[] {
    let from = this.#runs.length - 1;
    for (let sum = this.#runs[from]?.entries ?? 0; from > 0; from--) {
      const { entries } = this.#runs[from - 1];
      if (entries > 0 && entries >= 2 * sum) break;
      sum += entries;
    }
    if (this.#runs.length - from > 1) return this.#runs.slice(from);
    const spoilt = this.#runs.find((run) =>
      this.#deadOf.get(run)! > Math.max(this.#stepEntries, run.entries / 4)
    );
    return spoilt === undefined ? [] : [spoilt];
  }

  #deleteDebris(): boolean {
    const row = this.#debris.first.first();
    if (row === undefined) return false;
    const { first_page: first, end_page: end } = row;
    const upTo = Math.min(end, first + STEP_PAGES);
    this.#database.transact(() => {
      this.#pages.delete(first, upTo);
      if (upTo === end) this.#debris.delete.write(first);
      else this.#debris.advance.write(upTo, first);
    });
    return true;
  }
}
