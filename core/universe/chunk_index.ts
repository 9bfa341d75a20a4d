/** The index from hashes to slots: what is fresh, in memory, and the sorted runs of the rest. */
import { HASH_BYTES } from "#core/hash/mod.ts";
import type { Database } from "#core/sqlite/mod.ts";
import type { Candidates } from "./candidates.ts";
import { firstSlot, idsFor, indexOfSlot, keyAt, piecesFor, slotOf } from "./entry.ts";
import type { FileTable } from "./file_table.ts";
import type { IndexLimits } from "./index_limits.ts";
import { FreshIndex } from "./fresh_index.ts";
import type { PieceTable } from "./piece_table.ts";
import { RunSet } from "./run_set.ts";

/** Entries that are merged for each that is put, which is more than merges ever need. */
const WORK_PER_CHUNK = 12;
/** Files that are read at once to index them anew. */
const READ_FILES = 256;

/**
 * The pieces that are in no run are fresh: their entries are in memory alone, and are made again
 * from the lists when the database is opened. So a commit writes lists, in their order, and no
 * index, and a crash can't tear the two apart.
 */
export class ChunkIndex {
  readonly #limits: IndexLimits;
  readonly #files: FileTable;
  readonly #pieces: PieceTable;
  readonly #runs: RunSet;
  #fresh = new FreshIndex();
  /** The id that the next file gets. */
  nextFile = 1;
  #dueWork = 0;

  constructor(database: Database, files: FileTable, pieces: PieceTable, limits: IndexLimits) {
    this.#limits = limits;
    this.#files = files;
    this.#pieces = pieces;
    this.#runs = new RunSet(database, limits);
    this.reload();
  }

  get entries(): number {
    return this.#fresh.count + this.#runs.entries;
  }

  get runs(): number {
    return this.#runs.count;
  }

  /** Reads from the database what is in memory, as after a transaction that failed. */
  reload(): void {
    this.#runs.recount();
    this.#fresh = new FreshIndex();
    const end = this.#runs.endPiece;
    this.nextFile = Math.max(1, end, this.#pieces.lastId + 1, this.#files.lastId + 1);
    for (let from = end;;) {
      const files = this.#files.fromId(from, READ_FILES);
      for (const { id, chunks } of files) {
        this.#index(id, this.#pieces.list(id, id + piecesFor(chunks)).hashes);
      }
      if (files.length < READ_FILES) return;
      from = files.at(-1)!.id + 1;
    }
  }

  /** Indexes a file's list, which was stored under the next id. In the caller's transaction. */
  add(hashes: Uint8Array): void {
    this.#index(this.nextFile, hashes);
    this.nextFile += idsFor(hashes.length / HASH_BYTES);
  }

  /** Of equal chunks that follow one another in a file, zeros for the most part, one is enough. */
  #index(file: number, hashes: Uint8Array): void {
    const start = firstSlot(file);
    for (let i = 0, at = 0; at < hashes.length; i++, at += HASH_BYTES) {
      const key = keyAt(hashes, at);
      const newest = this.#fresh.newestSlot(key);
      if (newest !== undefined && newest >= start) {
        const other = indexOfSlot(file, newest) * HASH_BYTES;
        if (isSameHash(hashes, other, at)) continue;
      }
      this.#fresh.add(key, slotOf(file, i));
    }
  }

  /** Drops a file's entries. In the caller's transaction. */
  remove(file: number, chunks: number): void {
    if (file < this.#runs.endPiece) this.#runs.remove(file, piecesFor(chunks), chunks);
    else this.#fresh.remove(firstSlot(file), firstSlot(file + idsFor(chunks)));
  }

  /** Hands over up to `limit` slots of a key, the newest first. */
  collect(key: number, row: number, limit: number, into: Candidates): void {
    const found = this.#fresh.collect(key, row, limit, into);
    if (found < limit) this.#runs.collect(key, row, limit - found, into);
  }

  /** Does the work that a change of so many chunks makes due, in transactions of its own. */
  settle(chunks: number): void {
    if (this.#fresh.count >= this.#limits.freshEntries) this.#flush();
    this.#dueWork += chunks * WORK_PER_CHUNK;
    if (this.#dueWork < this.#limits.stepEntries) return;
    this.#runs.work(this.#dueWork);
    this.#dueWork = 0;
  }

  #flush(): void {
    const { count } = this.#fresh;
    this.#runs.addRun(this.#fresh, this.nextFile);
    // One that a large put made large gives its memory back.
    if (count < 2 * this.#limits.freshEntries) this.#fresh.clear();
    else this.#fresh = new FreshIndex();
  }

  /** Does about so many steps of merges; returns whether there is more. */
  work(steps: number): boolean {
    return this.#runs.work(steps * this.#limits.stepEntries);
  }
}

function isSameHash(hashes: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < HASH_BYTES; i++) {
    if (hashes[a + i] !== hashes[b + i]) return false;
  }
  return true;
}
