/** All that a universe is made of. */
import type { Database } from "#core/sqlite/mod.ts";
import { ChunkIndex } from "./chunk_index.ts";
import type { IndexLimits } from "./index_limits.ts";
import { type FileRow, FileTable } from "./file_table.ts";
import { type KnownFile, toPathBytes } from "./known_file.ts";
import { NameTable } from "./name_table.ts";
import { PieceTable } from "./piece_table.ts";

/** The tables of a universe and the index over them. */
export class Tables {
  readonly files: FileTable;
  readonly pieces: PieceTable;
  readonly stars: NameTable;
  readonly algorithms: NameTable;
  readonly index: ChunkIndex;

  constructor(readonly database: Database, limits: IndexLimits) {
    this.files = new FileTable(database);
    this.pieces = new PieceTable(database);
    this.stars = new NameTable(database, "star");
    this.algorithms = new NameTable(database, "algorithm");
    this.index = new ChunkIndex(database, this.files, this.pieces, limits);
  }

  /** Reads from the database what is in memory, as after a transaction that failed. */
  reload(): void {
    this.stars.reload();
    this.algorithms.reload();
    this.files.forgetCached();
    this.index.reload();
  }

  row(star: string, path: string): FileRow | undefined {
    const bytes = toPathBytes(path);
    const id = this.stars.idOf(star);
    return id === undefined ? undefined : this.files.byPath(id, bytes);
  }

  /** A file by its id, and the id of its Star. */
  knownById(id: number): { star: number; known: KnownFile } | undefined {
    const row = this.files.byId(id);
    // Kept with the row, so that all look-ups share one object.
    const known = row && (row.known ??= this.toKnown(row));
    return known && this.stars.nameOf(row.star) ? { star: row.star, known } : undefined;
  }

  /** Undefined for a file of a Star that was removed. */
  toKnown(row: FileRow): KnownFile | undefined {
    const star = this.stars.nameOf(row.star);
    const algorithm = this.algorithms.nameOf(row.algorithm);
    if (star === undefined || algorithm === undefined) return undefined;
    const { path, version, size, content } = row;
    return { star, path, version, size, algorithm, ...(content && { content }) };
  }
}
