/** What can be asked of a universe. */
import { type ChunkIndexHeader, type ChunkList } from "#core/cdc/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { compareBytes } from "#core/names.ts";
import { piecesFor } from "./entry.ts";
import { boundsBeneath, type FileRow } from "./file_table.ts";
import type { FoundPlaces } from "./found_places.ts";
import { checkContent, type KnownFile, NO_PATH_AFTER, toPathBytes } from "./known_file.ts";
import { lookUp, type LookUpOptions } from "./look_up.ts";
import type { Tables } from "./tables.ts";

/** Files that one call gives, at most. */
const MAX_LISTED = 10_000;

/** Counts for people and metrics. */
export interface UniverseCounts {
  /** Entries of the index, those of removed files too until they are tidied away. */
  entries: number;
  /** Sorted runs that a look-up asks. */
  runs: number;
}

/** Which files of a Star to list. */
export interface ListOptions {
  /** Only those beneath this folder. */
  beneath?: string;
  /** Only those after this path. */
  after?: string;
  /** So many at most; 1,000 when absent, 10,000 at most. */
  limit?: number;
}

/** Which files with the same content to find. */
export interface ContentOptions {
  /** The Stars that count, the best first; all when absent. */
  stars?: readonly string[];
  /** Files, at most; 16 when absent, 10,000 at most. */
  limit?: number;
}

/** The questions. */
export class UniverseReader {
  /** @internal */
  protected readonly tables: Tables;

  constructor(tables: Tables) {
    this.tables = tables;
  }

  /** What is known of a file. */
  file(star: string, path: string): KnownFile | undefined {
    const row = this.tables.row(star, path);
    return row && this.tables.files.toKnown(row);
  }

  /** Files of a Star, in the order of their paths' bytes: to be compared with a scan. */
  files(star: string, { beneath, after, limit = 1000 }: ListOptions = {}): KnownFile[] {
    checkLimit(limit);
    const id = this.tables.stars.idOf(star);
    const bounds = beneath === undefined ? undefined : boundsBeneath(toPathBytes(beneath));
    let [from, to] = bounds ?? [new Uint8Array(0), NO_PATH_AFTER];
    if (after !== undefined) {
      const bytes = toPathBytes(after);
      if (compareBytes(bytes, from) > 0) from = bytes;
    }
    return id === undefined ? [] : this.#toKnown(this.tables.files.between(id, from, to, limit));
  }

  /** A file's chunk list as it was put, with its header. */
  chunks(
    star: string,
    path: string,
  ): { file: KnownFile; header: ChunkIndexHeader; chunks: ChunkList } | undefined {
    const row = this.tables.row(star, path);
    const file = row && this.tables.files.toKnown(row);
    if (row === undefined || file === undefined) return undefined;
    const chunks = this.tables.pieces.list(row.id, row.id + piecesFor(row.chunks));
    const { algorithm, size } = file;
    const header = { algorithm, hash: "blake3", fileSize: size, chunkCount: row.chunks } as const;
    if (chunks.lengths.length !== row.chunks) {
      const message = "read a chunk list of the universe: pieces are missing; remove it";
      throw new OrbitError("corrupt", message, { detail: { path } });
    }
    return { file, header, chunks };
  }

  /**
   * Files with a content, by the BLAKE3 of all of it: those of the best Star first, on one Star
   * the newest first.
   */
  findContent(content: Uint8Array, { stars, limit = 16 }: ContentOptions = {}): KnownFile[] {
    checkContent(content);
    checkLimit(limit);
    const rows: FileRow[] = [];
    for (const star of new Set(stars ?? this.tables.stars.names())) {
      const id = this.tables.stars.idOf(star);
      if (id === undefined) continue;
      rows.push(...this.tables.files.withContent(content, id, limit - rows.length));
      if (rows.length === limit) break;
    }
    return this.#toKnown(rows);
  }

  #toKnown(rows: readonly FileRow[]): KnownFile[] {
    return rows.flatMap((row) => this.tables.files.toKnown(row) ?? []);
  }

  /**
   * Where chunks lie: for each hash the best places, by the order of Stars, then the newest put
   * first. Files aren't looked at, so a place may be out of date: who reads it must hash what it
   * gets, and call {@linkcode Universe.removeFile} with the version when it is wrong. Of chunks
   * that more than 256 files have, only the newest 256 are considered.
   *
   * @param hashes BLAKE3 digests, 32 bytes each, one after another; 65,536 at most. The more at
   * once, the less each costs.
   * @throws {OrbitError} `invalid`
   */
  lookUp(hashes: Uint8Array, options: LookUpOptions = {}): FoundPlaces {
    return lookUp(this.tables, hashes, options);
  }

  /** Counts for people and metrics. */
  counts(): UniverseCounts {
    const { entries, runs } = this.tables.index;
    return { entries, runs };
  }
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit > 0 && limit <= MAX_LISTED) return;
  throw new OrbitError("invalid", `list ${limit} files of the universe: not 1 to ${MAX_LISTED}`);
}
