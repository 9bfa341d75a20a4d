/** The Nucleus's database. */
import { join } from "node:path";
import { type Clock, systemClock } from "#core/clock.ts";
import { OrbitError, toOrbitError } from "#core/errors.ts";
import { createPrivateFolder, Database, requirePrivateFolder } from "#core/sqlite/mod.ts";
import { type AuditLog, SqliteAuditLog } from "../audit/mod.ts";
import { ApiTokenTable } from "./api_token_table.ts";
import { JoinTokenTable } from "./join_token_table.ts";
import { GRID_DATABASE } from "./schema.ts";
import type { StarRegistry } from "./star_registry.ts";
import { StarTable } from "./star_table.ts";

const FLUSH_EVERY_MS = 1000;
const PRUNE_EVERY_MS = 3600_000;
/** What is over is kept this long, so that people can look at it. */
const KEEP_OVER_MS = 7 * 24 * 3600_000;

/** The Nucleus's database: who belongs to the grid, who may join, and what was decided. */
export interface GridStore extends Disposable {
  readonly stars: StarRegistry;
  readonly joinTokens: JoinTokenTable;
  readonly apiTokens: ApiTokenTable;
  readonly audit: AuditLog;
  /**
   * Runs synchronous changes that belong together: all are on disk when it returns, or, when it
   * throws, none happened.
   */
  transact<T>(changes: () => T): T;
  /** Stores what is only in memory: heartbeats, and when API tokens were used. */
  flush(): void;
  /** Forgets certificates and join tokens that were over a week ago. */
  prune(): void;
  /**
   * Flushes every second and prunes every hour until the signal aborts; then flushes once more and
   * resolves. Trouble with the disk doesn't end it.
   *
   * @param onTrouble Told each error; what couldn't be stored is tried again a second later.
   */
  run(options: { signal: AbortSignal; onTrouble: (error: OrbitError) => void }): Promise<void>;
}

/**
 * Opens the Nucleus's database, `grid.db` (mode 0600) in a folder of its own (mode 0700), both made
 * when they don't exist. Older databases are migrated.
 *
 * The store is the only one for as long as it is open; a lock that goes with the process sees to
 * it. Everything but heartbeats survives the death of the machine.
 *
 * @throws {OrbitError} `conflict` at once when the folder is in use, or its database was written by
 * a newer Orbit or another program; `corrupt` when it is damaged; `denied` when others than its
 * owner can read the folder; `denied`, `exhausted`, `internal` for what the system says.
 */
export function openGridStore(
  folder: string,
  { clock = systemClock }: { clock?: Clock } = {},
): GridStore {
  createPrivateFolder(folder);
  requirePrivateFolder(folder);
  return new SqliteGridStore(new Database(join(folder, "grid.db"), GRID_DATABASE), clock);
}

class SqliteGridStore implements GridStore {
  readonly stars: StarTable;
  readonly joinTokens: JoinTokenTable;
  readonly apiTokens: ApiTokenTable;
  readonly audit: SqliteAuditLog;
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    try {
      this.stars = new StarTable(database, clock);
      this.joinTokens = new JoinTokenTable(database, clock);
      this.apiTokens = new ApiTokenTable(database, clock);
      this.audit = new SqliteAuditLog(database, clock);
    } catch (error) {
      database[Symbol.dispose]();
      throw error;
    }
  }

  transact<T>(changes: () => T): T {
    return this.#database.transact(changes);
  }

  flush(): void {
    this.stars.flush();
    this.apiTokens.flush();
  }

  prune(): void {
    const beforeMs = this.#clock.now() - KEEP_OVER_MS;
    this.stars.prune(beforeMs);
    this.joinTokens.prune(beforeMs);
  }

  async run(
    { signal, onTrouble }: { signal: AbortSignal; onTrouble: (error: OrbitError) => void },
  ): Promise<void> {
    const attempt = (action: () => void) => {
      try {
        action();
      } catch (error) {
        onTrouble(toOrbitError(error));
      }
    };
    let prunedMs = -Infinity;
    while (!signal.aborted) {
      if (this.#clock.elapsed() - prunedMs >= PRUNE_EVERY_MS) {
        prunedMs = this.#clock.elapsed();
        attempt(() => this.prune());
      }
      attempt(() => this.flush());
      await this.#clock.sleep(FLUSH_EVERY_MS, { signal }).catch(() => {});
    }
    attempt(() => this.flush());
  }

  [Symbol.dispose](): void {
    try {
      this.flush();
    } catch {
      // Disposal never throws; what is lost is a second of heartbeats.
    }
    this.#database[Symbol.dispose]();
  }
}
