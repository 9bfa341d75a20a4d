/** The universe: what is known of files, and where their chunks lie. */
import { OrbitError } from "#core/errors.ts";
import type { Database, Statement } from "#core/sqlite/mod.ts";
import type { IndexLimits } from "./index_limits.ts";
import { idsFor, MAX_PIECES, piecesFor } from "./entry.ts";
import { boundsBeneath, type FileRow } from "./file_table.ts";
import * as known from "./known_file.ts";
import { UniverseReader } from "./reader.ts";
import { Tables } from "./tables.ts";

/** Files that one transaction removes. */
const STEP_FILES = 1000;
/** Steps of merges that `maintain` does at once. */
const MAINTENANCE_STEPS = 8;

/** See `mod.ts`; made by `openUniverse`. */
export class Universe extends UniverseReader implements Disposable {
  readonly #leaving: { mark: Statement; first: Statement; delete: Statement };

  /** @internal */
  constructor(database: Database, limits: IndexLimits) {
    super(new Tables(database, limits));
    this.#leaving = {
      mark: database.prepare("UPDATE star SET name = NULL WHERE name = ?"),
      first: database.prepare("SELECT id FROM star WHERE name IS NULL LIMIT 1"),
      delete: database.prepare("DELETE FROM star WHERE id = ?"),
    };
  }

  /** Runs a change in one transaction; memory follows the database also when it fails. */
  #change<T>(action: () => T): T {
    try {
      return this.tables.database.transact(action);
    } catch (error) {
      try {
        this.tables.reload();
      } catch {
        // The database is beyond use, and the first error says why.
      }
      throw error;
    }
  }

  /**
   * Does what a change made due. The change itself is committed, so that a full disk is no reason
   * to say it failed: the next one will meet it.
   */
  #settle(chunks: number): void {
    try {
      this.tables.index.settle(chunks);
    } catch (error) {
      if (!(error instanceof OrbitError && error.code === "exhausted")) throw error;
    }
  }

  /**
   * Notes files and their chunks, in one transaction: all of them or none. What was known of the
   * same Star and path is replaced. A commit costs the more the less it holds: put hundreds of
   * files at once. Some calls also do a part of a merge, which takes tens of milliseconds.
   *
   * @throws {OrbitError} `invalid`, `corrupt`, `unsupported` for what can't be a file's list, and
   * for more than 2,097,152 chunks at once; `exhausted` when the disk is full.
   */
  put(files: readonly known.ChunkedFile[]): void {
    const chunks = files.reduce((sum, file) => sum + file.chunks.lengths.length, 0);
    if (chunks > known.MAX_PUT_CHUNKS) {
      const message = `put ${chunks} chunks into the universe: more than ${known.MAX_PUT_CHUNKS}`;
      throw new OrbitError("invalid", message);
    }
    files.forEach(known.checkFile);
    const paths = files.map(({ path }) => known.toPathBytes(path));
    this.#change(() => files.forEach((file, i) => this.#putOne(file, paths[i])));
    this.#settle(chunks);
  }

  #putOne(
    { star: name, version, content, header, chunks: list }: known.ChunkedFile,
    path: Uint8Array,
  ): void {
    const { files, pieces, stars, algorithms, index } = this.tables;
    const star = stars.add(name);
    const before = files.byPath(star, path);
    if (before !== undefined) this.#drop(before);
    const id = index.nextFile;
    const chunks = list.lengths.length;
    if (id + idsFor(chunks) > MAX_PIECES) {
      throw new OrbitError("exhausted", "put into the universe: out of ids; make it anew");
    }
    const algorithm = algorithms.add(header.algorithm);
    const row = { id, star, version, size: header.fileSize, chunks, algorithm };
    files.insert({ ...row, content: content?.slice() }, path);
    pieces.insert(id, list);
    index.add(list.hashes);
  }

  #drop({ id, chunks }: FileRow): void {
    this.tables.files.delete(id);
    this.tables.pieces.delete(id, id + piecesFor(chunks));
    this.tables.index.remove(id, chunks);
  }

  /**
   * Forgets a file and its chunks. With a version only that one: the hook for whoever finds that
   * a place doesn't hold what it should, or is gone.
   *
   * @returns Whether it was known.
   */
  removeFile(star: string, path: string, version?: string): boolean {
    const row = this.tables.row(star, path);
    if (row === undefined || (version !== undefined && row.version !== version)) return false;
    this.#change(() => this.#drop(row));
    this.#settle(row.chunks);
    return true;
  }

  /**
   * Forgets a file, or a folder and all beneath it, 1,000 files in a transaction: after a death in
   * between some are left.
   *
   * @returns Files that were known.
   */
  removeTree(star: string, path: string): number {
    let removed = this.removeFile(star, path) ? 1 : 0;
    const id = this.tables.stars.idOf(star);
    if (id === undefined) return removed;
    const [from, to] = boundsBeneath(known.toPathBytes(path));
    for (;;) {
      const rows = this.tables.files.between(id, from, to, STEP_FILES);
      this.#dropAll(rows);
      removed += rows.length;
      if (rows.length < STEP_FILES) return removed;
    }
  }

  #dropAll(rows: readonly FileRow[]): void {
    this.#change(() => rows.forEach((row) => this.#drop(row)));
    this.#settle(rows.reduce((sum, { chunks }) => sum + chunks, 0));
  }

  /**
   * Forgets a Star and all its files: they are found no more when this returns, and are deleted as
   * {@linkcode maintain} is called.
   *
   * @returns Whether it was known.
   */
  removeStar(star: string): boolean {
    if (this.tables.stars.idOf(star) === undefined) return false;
    this.#change(() => this.#leaving.mark.write(star));
    this.tables.stars.reload();
    return true;
  }

  /**
   * Notes that a file, or a folder with all beneath it, has another path, in one transaction. What
   * was known of that path is forgotten.
   *
   * @param version The file's version now: systems may change it when they rename.
   * @returns Files that were known.
   * @throws {OrbitError} `invalid` when one path lies beneath the other.
   */
  rename(star: string, from: string, to: string, version?: string): number {
    const source = known.toPathBytes(from), target = known.toPathBytes(to);
    if (version !== undefined) known.checkVersion(version, to);
    if (from === to || isBeneath(from, to) || isBeneath(to, from)) {
      const message = `rename ${JSON.stringify(from)} to ${
        JSON.stringify(to)
      }: one path holds both`;
      throw new OrbitError("invalid", message, { detail: { path: from } });
    }
    const id = this.tables.stars.idOf(star);
    if (id === undefined) return 0;
    return this.#change(() => {
      const file = this.tables.files.byPath(id, source);
      const beneath = boundsBeneath(source);
      if (file === undefined && this.tables.files.between(id, ...beneath, 1).length === 0) return 0;
      this.#replace(id, target);
      if (file !== undefined) this.tables.files.move(file.id, target, version);
      const moved = this.#forEach(id, beneath, (row) => {
        const path = to + row.path.slice(from.length);
        this.tables.files.move(row.id, known.toPathBytes(path));
      });
      return moved + (file === undefined ? 0 : 1);
    });
  }

  /** Makes room for what comes to a path. */
  #replace(star: number, path: Uint8Array): void {
    const file = this.tables.files.byPath(star, path);
    if (file !== undefined) this.#drop(file);
    this.#forEach(star, boundsBeneath(path), (row) => this.#drop(row));
  }

  /** Calls what takes files out of the bounds for all in them; returns how many there were. */
  #forEach(star: number, bounds: [Uint8Array, Uint8Array], take: (row: FileRow) => void): number {
    for (let count = 0;;) {
      const rows = this.tables.files.between(star, ...bounds, STEP_FILES);
      rows.forEach(take);
      count += rows.length;
      if (rows.length < STEP_FILES) return count;
    }
  }

  /**
   * Does a part of what can wait, in tens of milliseconds: deletes files of removed Stars, merges
   * runs, deletes pages. Changes do enough of it for look-ups to stay fast, so this is for idle
   * times.
   *
   * @returns Whether there is more to do.
   */
  maintain(): boolean {
    const star = this.#leaving.first.first();
    if (star === undefined) return this.tables.index.work(MAINTENANCE_STEPS);
    const rows = this.tables.files.ofStar(star.id, STEP_FILES);
    if (rows.length > 0) this.#dropAll(rows);
    else this.#change(() => this.#leaving.delete.write(star.id));
    return true;
  }

  /** Gives the room of what was deleted back to the file system; a large part takes its time. */
  shrink(): void {
    this.tables.database.shrink();
  }

  /** Closes it; everything that was put is in the database already. */
  [Symbol.dispose](): void {
    this.tables.database[Symbol.dispose]();
  }
}

function isBeneath(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
