/**
 * The tables of `universe_v3.db`, as the numbered steps that lead from each version to the next.
 * A released migration is never edited: what changes comes as a new one.
 */
import type { Schema } from "#core/sqlite/mod.ts";

const TABLES = `
  CREATE TABLE star (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given again
    name TEXT UNIQUE                       -- NULL: removed, its files are still being deleted
  ) STRICT;

  CREATE TABLE algorithm (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE file (
    id INTEGER PRIMARY KEY,                -- that of its first piece
    star INTEGER NOT NULL,
    path BLOB NOT NULL,                    -- the bytes of its names
    is_text INTEGER NOT NULL,              -- 1: the path is valid UTF-8
    version TEXT NOT NULL,
    size INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    algorithm INTEGER NOT NULL,
    content BLOB                           -- BLAKE3 of the whole file, if known
  ) STRICT;
  CREATE UNIQUE INDEX file_by_path ON file (star, path);
  CREATE INDEX file_by_content ON file (content, star) WHERE content IS NOT NULL;

  -- A file's chunk list, a bounded number of chunks a row, under ids that follow one another.
  CREATE TABLE piece (
    id INTEGER PRIMARY KEY,
    file INTEGER NOT NULL,
    start INTEGER NOT NULL,                -- where its first chunk starts in the file
    hashes BLOB NOT NULL,                  -- 32 bytes a chunk
    ends BLOB NOT NULL                     -- uint32 a chunk: where it ends, counted from start
  ) STRICT;

  -- The index from hashes to pieces: sorted runs, each of all pieces between two ids.
  CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    first_piece INTEGER NOT NULL,
    end_piece INTEGER NOT NULL,
    first_page INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    fences BLOB NOT NULL                   -- float64 a page: the key of its first entry
  ) STRICT;
  CREATE TABLE page (
    id INTEGER PRIMARY KEY,
    entries BLOB NOT NULL
  ) STRICT;

  -- Pages of no run, to be deleted: of runs that were merged, or of a merge that never ended.
  CREATE TABLE debris (
    first_page INTEGER PRIMARY KEY,
    end_page INTEGER NOT NULL
  ) STRICT;

  -- Pieces that are gone while a run still names them.
  CREATE TABLE gone (
    first_piece INTEGER PRIMARY KEY,
    pieces INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    epoch INTEGER NOT NULL                 -- the merge that was the next when they went
  ) STRICT;
`;

/** The universe's database: "ORBU". What it lost can be found again by looking at the files. */
export const UNIVERSE_DATABASE: Schema = {
  name: "universe",
  applicationId: 0x4f524255,
  migrations: [TABLES],
  remedy: "remove it: it fills again as Stars' files are looked at",
  survives: "process",
};
