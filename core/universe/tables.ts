/** All that a universe is made of. */
import type { Database } from "#core/sqlite/mod.ts";
import { ChunkIndex } from "./chunk_index.ts";
import type { IndexLimits } from "./index_limits.ts";
import { type FileRow, FileTable } from "./file_table.ts";
import { toPathBytes } from "./known_file.ts";
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
    this.stars = new NameTable(database, "star");
    this.algorithms = new NameTable(database, "algorithm");
    this.files = new FileTable(database, this.stars, this.algorithms);
    this.pieces = new PieceTable(database);
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
}
