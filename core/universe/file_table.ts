/** The table of files. */
import type { Database, Row, Statement } from "#core/sqlite/mod.ts";
import { decodeName, isText } from "#core/names.ts";
import type { FileVersion, KnownFile } from "./known_file.ts";
import type { NameTable } from "./name_table.ts";
import { Recent } from "./recent.ts";

/** A file's row. */
export interface FileRow {
  id: number;
  star: number;
  path: string;
  version: string;
  size: number;
  chunks: number;
  algorithm: number;
  content?: Uint8Array<ArrayBuffer>;
}

/** A file as look-ups know it. */
export interface LocatedFile {
  star: number;
  version: FileVersion;
}

/** Files that are kept in memory for look-ups, up to twice as many, at about 350 bytes each. */
const CACHED_FILES = 12 * 1024;

const SLASH = 0x2f;

/** The bytes of paths beneath a folder: those between two keys, both left out. */
export function boundsBeneath(folder: Uint8Array): [Uint8Array, Uint8Array] {
  const length = folder.at(-1) === SLASH ? folder.length - 1 : folder.length;
  const from = new Uint8Array(length + 1);
  from.set(folder.subarray(0, length));
  from[length] = SLASH;
  const to = from.slice();
  to[length]++;
  return [from, to];
}

export class FileTable {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #stars: NameTable;
  readonly #algorithms: NameTable;
  readonly #cache = new Recent<LocatedFile>(CACHED_FILES);

  constructor(database: Database, stars: NameTable, algorithms: NameTable) {
    this.#statements = prepare(database);
    this.#stars = stars;
    this.#algorithms = algorithms;
  }

  get lastId(): number {
    return Number(this.#statements.last.first()!.id);
  }

  insert(row: Omit<FileRow, "path">, path: Uint8Array): void {
    const { id, star, version, size, chunks, algorithm, content } = row;
    this.#cache.delete(id);
    this.#statements.insert.write(
      ...[id, star, path, isWellFormed(path), version, size, chunks, algorithm, content ?? null],
    );
  }

  delete(id: number): void {
    this.#cache.delete(id);
    this.#statements.delete.write(id);
  }

  /** Moves one file; its version changes too if one is given. */
  move(id: number, path: Uint8Array, version?: string): void {
    this.#cache.delete(id);
    this.#statements.move.write(path, isWellFormed(path), version ?? null, id);
  }

  forgetCached(): void {
    this.#cache.clear();
  }

  /** Undefined for a file of a Star that was removed. */
  toKnown(row: FileRow): KnownFile | undefined {
    const version = this.#toVersion(row);
    return version && { ...version, ...(row.content && { content: row.content }) };
  }

  #toVersion(
    { star: id, path, version, size, algorithm: number }: Omit<FileRow, "id" | "chunks">,
  ): FileVersion | undefined {
    const star = this.#stars.nameOf(id), algorithm = this.#algorithms.nameOf(number);
    if (star === undefined || algorithm === undefined) return undefined;
    return { star, path, version, size, algorithm };
  }

  /** A file by its id, one object for all who ask; undefined if its Star was removed. */
  versionById(id: number): LocatedFile | undefined {
    let file = this.#cache.get(id);
    if (file === undefined) {
      file = this.#read(id);
      if (file === undefined) return undefined;
      this.#cache.set(id, file);
    }
    return this.#stars.nameOf(file.star) === undefined ? undefined : file;
  }

  #read(id: number): LocatedFile | undefined {
    const row = this.#statements.byId.first(id);
    if (row === undefined) return undefined;
    const [text, bytes, star, version, size, algorithm] = row as unknown as [
      ...[string | null, Uint8Array | null, number, string, number, number],
    ];
    const path = text ?? decodeName(bytes!);
    const found = this.#toVersion({ star, path, version, size, algorithm });
    return found && { star, version: found };
  }

  byPath(star: number, path: Uint8Array): FileRow | undefined {
    const row = this.#statements.byPath.first(star, path);
    return row === undefined ? undefined : toFileRow(row);
  }

  /** Files of a Star between two paths, both left out, in their order. */
  between(star: number, from: Uint8Array, to: Uint8Array, limit: number): FileRow[] {
    return this.#statements.between.all(star, from, to, limit).map(toFileRow);
  }

  ofStar(star: number, limit: number): FileRow[] {
    return this.#statements.ofStar.all(star, limit).map(toFileRow);
  }

  /** Files whose id isn't below one, in the order of their ids. */
  fromId(id: number, limit: number): FileRow[] {
    return this.#statements.fromId.all(id, limit).map(toFileRow);
  }

  /** Files of one Star with a content, the newest first. */
  withContent(content: Uint8Array, star: number, limit: number): FileRow[] {
    return this.#statements.withContent.all(content, star, limit).map(toFileRow);
  }
}

/** 1 for the bytes of text, 0 for others. */
function isWellFormed(path: Uint8Array): number {
  return isText(decodeName(path)) ? 1 : 0;
}

function prepare(database: Database) {
  const sql = {
    insert: "INSERT INTO file " +
      "(id, star, path, is_text, version, size, chunks, algorithm, content) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    delete: "DELETE FROM file WHERE id = ?",
    move: "UPDATE file SET path = ?, is_text = ?, version = coalesce(?, version) WHERE id = ?",
    // Text costs less than bytes, and most paths are.
    byId: "SELECT iif(is_text, CAST(path AS TEXT), NULL), iif(is_text, NULL, path), " +
      "star, version, size, algorithm FROM file WHERE id = ?",
    byPath: "SELECT * FROM file WHERE star = ? AND path = ?",
    between: "SELECT * FROM file WHERE star = ? AND path > ? AND path < ? ORDER BY path LIMIT ?",
    ofStar: "SELECT * FROM file WHERE star = ? LIMIT ?",
    fromId: "SELECT * FROM file WHERE id >= ? ORDER BY id LIMIT ?",
    withContent: "SELECT * FROM file WHERE content = ? AND star = ? ORDER BY id DESC LIMIT ?",
    last: "SELECT coalesce(max(id), 0) AS id FROM file",
  };
  const statements = Object.fromEntries(
    Object.entries(sql).map(([name, text]) => [name, database.prepare(text)]),
  ) as Record<keyof typeof sql, Statement>;
  statements.byId.asColumns();
  return statements;
}

function toFileRow(row: Row): FileRow {
  return {
    id: row.id,
    star: row.star,
    path: decodeName(row.path),
    version: row.version,
    size: row.size,
    chunks: row.chunks,
    algorithm: row.algorithm,
    content: row.content ?? undefined,
  };
}
