/** Opening a universe. */
import { createPrivateFolder, Database } from "#core/sqlite/mod.ts";
import { fileSystemTypeOf, refuseNetworkFileSystem } from "./network_file_system.ts";
import { UNIVERSE_DATABASE } from "./schema.ts";
import { Universe } from "./universe.ts";

const MIB = 1024 * 1024;

/** What a universe may take, and how it sees its file system. */
export interface UniverseOptions {
  /** Memory for index pages that were looked at; 80 MiB when absent, taken as it is needed. */
  cacheBytes?: number;
  /** Chunks that are gathered in memory, at 40 bytes each, before they are sorted; 262,144. */
  freshEntries?: number;
  /** Chunks that are merged in one transaction, which takes up to 20 ms for the 65,536 if absent. */
  stepEntries?: number;
  /** The magic number of a folder's file system, if it can be told; asks libc when absent. */
  fileSystemType?: (folder: string) => number | undefined;
}

/**
 * Opens the universe in a folder, which is made (mode 0700) when it doesn't exist; the database is
 * `universe_v3.db` in it (mode 0600). Older databases are migrated.
 *
 * It is the only one for as long as it is open: SQLite's exclusive lock, which goes with the
 * process. Everything is synchronous and belongs to one thread.
 *
 * @throws {OrbitError} `unsupported` on a network file system; `conflict` at once when it is in
 * use, or was written by a newer Orbit or another program; `corrupt` when it is damaged; `denied`,
 * `exhausted`, `internal` for what the system says.
 */
export function openUniverse(folder: string, options: UniverseOptions = {}): Universe {
  const { cacheBytes = 80 * MIB, freshEntries = 256 * 1024, stepEntries = 64 * 1024 } = options;
  createPrivateFolder(folder);
  refuseNetworkFileSystem(folder, (options.fileSystemType ?? fileSystemTypeOf)(folder));
  const database = new Database(`${folder}/universe_v3.db`, UNIVERSE_DATABASE);
  try {
    return new Universe(database, { cacheBytes, freshEntries, stepEntries });
  } catch (error) {
    database[Symbol.dispose]();
    throw error;
  }
}
