/**
 * One SQLite database with one owner, opened with care: locked for as long as it is open, checked
 * for damage, brought to the newest version, and written in transactions that stay open until
 * somebody flushes.
 *
 * Decision: SQLite's own exclusive lock rather than a lock file. The kernel drops it with the
 * process, however that dies, so there is no stale lock to judge; the cost is that nobody else can
 * even read the database meanwhile.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { OrbitError } from "#core/errors.ts";
import { APPLICATION_ID, MIGRATIONS } from "./migrations.ts";

/** Up to this size a database is checked whenever it is opened; above, only after a crash. */
const ALWAYS_CHECKED_BYTES = 16 * 1024 * 1024;

/** A prepared statement whose failures are OrbitErrors. */
export class Statement {
  constructor(readonly owner: Database, readonly inner: StatementSync) {}

  /** Runs a writing statement in the open transaction; returns the number of changed rows. */
  write(...values: SQLInputValue[]): number {
    this.owner.begin();
    try {
      return Number(this.inner.run(...values).changes);
    } catch (error) {
      throw this.owner.spoil(error);
    }
  }

  /** The first row of a writing statement that returns rows. */
  writeReturning(...values: SQLInputValue[]): Row | undefined {
    this.owner.begin();
    try {
      return this.inner.get(...values) as Row | undefined;
    } catch (error) {
      throw this.owner.spoil(error);
    }
  }

  first(...values: SQLInputValue[]): Row | undefined {
    return this.owner.guard(() => this.inner.get(...values) as Row | undefined);
  }

  all(...values: SQLInputValue[]): Row[] {
    return this.owner.guard(() => this.inner.all(...values) as Row[]);
  }
}

/** A row as SQLite gives it. */
// deno-lint-ignore no-explicit-any
export type Row = Record<string, any>;

/** An open database. */
export class Database implements Disposable {
  readonly #inner: DatabaseSync;
  readonly #path: string;
  #inTransaction = false;
  #spoiled?: OrbitError;

  /**
   * @throws {OrbitError} `conflict` when it is open elsewhere, of a newer version or not Orbit's;
   * `corrupt` when it is damaged; `denied`, `exhausted` or `internal` for what the system says.
   */
  constructor(path: string) {
    this.#path = path;
    const crashed = fileSize(`${path}-wal`) > 0;
    createPrivately(path);
    const isNew = fileSize(path) === 0;
    try {
      this.#inner = new DatabaseSync(path, { timeout: 0 });
    } catch (error) {
      throw explain(path, error);
    }
    try {
      this.#configure(isNew);
      if (!isNew && (crashed || fileSize(path) <= ALWAYS_CHECKED_BYTES)) this.#check();
      this.#migrate();
    } catch (error) {
      this.#inner.close();
      throw explain(path, error);
    }
  }

  #configure(isNew: boolean): void {
    if (isNew) this.#pragma("auto_vacuum = incremental");
    this.#pragma("locking_mode = exclusive");
    this.#pragma("journal_mode = wal");
    this.#pragma("synchronous = normal");
    this.#pragma("wal_autocheckpoint = 16384");
    this.#pragma("journal_size_limit = 67108864");
    this.#pragma("cache_size = -32768");
    this.#inner.prepare("BEGIN IMMEDIATE").run();
    this.#inner.prepare("COMMIT").run();
  }

  #check(): void {
    const found = this.#pragma("quick_check(1)")?.quick_check;
    if (found !== "ok") throw corrupt(this.#path, String(found));
  }

  #migrate(): void {
    const version = Number(this.#pragma("user_version")?.user_version);
    const owner = Number(this.#pragma("application_id")?.application_id);
    if (owner !== APPLICATION_ID && (owner !== 0 || version !== 0 || this.#hasTables())) {
      throw conflict(this.#path, "it is a database of another program");
    }
    if (version > MIGRATIONS.length) {
      const versions = `version ${version}, and this program knows up to ${MIGRATIONS.length}`;
      throw conflict(this.#path, `it was written by a newer Orbit (${versions}); update Orbit`);
    }
    if (version === MIGRATIONS.length) return;
    this.#inner.exec("BEGIN IMMEDIATE");
    for (const migration of MIGRATIONS.slice(version)) this.#inner.exec(migration);
    this.#pragma(`application_id = ${APPLICATION_ID}`);
    this.#pragma(`user_version = ${MIGRATIONS.length}`);
    this.#inner.exec("COMMIT");
  }

  #hasTables(): boolean {
    return this.#inner.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined;
  }

  #pragma(text: string): Row | undefined {
    return this.#inner.prepare(`PRAGMA ${text}`).get();
  }

  prepare(sql: string): Statement {
    return new Statement(this, this.guard(() => this.#inner.prepare(sql)));
  }

  /** Opens a transaction unless one is open. */
  begin(): void {
    if (this.#spoiled) throw this.#spoiled;
    if (this.#inTransaction) return;
    this.guard(() => this.#inner.exec("BEGIN IMMEDIATE"));
    this.#inTransaction = true;
  }

  /** Makes everything written so far survive the death of this process. */
  commit(): void {
    if (this.#spoiled) throw this.#spoiled;
    if (!this.#inTransaction) return;
    try {
      this.#inner.prepare("COMMIT").run();
      this.#inTransaction = false;
    } catch (error) {
      throw this.spoil(error);
    }
  }

  /** Gives the space of deleted rows back to the file system. */
  shrink(): void {
    this.commit();
    this.guard(() => this.#inner.prepare("PRAGMA incremental_vacuum").all());
  }

  /**
   * After a failed write nothing more is written, and what wasn't committed is dropped: memory
   * and database may differ from here on, and the next opener finds the last good state.
   */
  spoil(error: unknown): OrbitError {
    this.#spoiled ??= explain(this.#path, error);
    try {
      if (this.#inTransaction && this.#inner.isTransaction) this.#inner.exec("ROLLBACK");
    } catch {
      // The first error is the one to tell; closing the database rolls back as well.
    }
    this.#inTransaction = false;
    return this.#spoiled;
  }

  /** Runs something that reads, with failures explained. */
  guard<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw explain(this.#path, error);
    }
  }

  /** Commits and closes; what can't be committed is dropped. */
  [Symbol.dispose](): void {
    if (!this.#inner.isOpen) return;
    try {
      if (!this.#spoiled) this.commit();
    } catch {
      // Disposal never throws; the next opener finds the last committed state.
    }
    this.#inner.close();
  }
}

/** SQLite would make the file with the usual mode; names and keys in it are private. */
function createPrivately(path: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw explain(path, error);
  }
}

function fileSize(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw explain(path, error);
  }
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that callers can act on. */
const SQLITE = {
  permission: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

function explain(path: string, error: unknown): OrbitError {
  if (error instanceof OrbitError) return error;
  const cause = error as Error & { errcode?: number };
  const reason = cause?.message ?? String(error);
  const fail = (code: OrbitError["code"], state: string) =>
    new OrbitError(code, `use job database ${JSON.stringify(path)}: ${state}`, {
      cause: error,
      detail: { path },
    });
  if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied) {
    return fail("denied", reason);
  }
  if (error instanceof Deno.errors.NotFound) return fail("not_found", reason);
  switch ((cause?.errcode ?? 0) & 0xff) {
    case SQLITE.busy:
    case SQLITE.locked:
      return conflict(path, "another process uses it");
    case SQLITE.corrupt:
    case SQLITE.notADatabase:
      return corrupt(path, reason);
    case SQLITE.full:
    case SQLITE.noMemory:
      return fail("exhausted", reason);
    case SQLITE.permission:
    case SQLITE.readOnly:
    case SQLITE.cannotOpen:
      return fail("denied", reason);
    default:
      return fail("internal", reason);
  }
}

function conflict(path: string, state: string): OrbitError {
  return new OrbitError("conflict", `open job database ${JSON.stringify(path)}: ${state}`, {
    detail: { path },
  });
}

function corrupt(path: string, found: string): OrbitError {
  return new OrbitError(
    "corrupt",
    `open job database ${JSON.stringify(path)}: damaged (${found}); ` +
      "move it and the files named like it elsewhere, and start the job anew",
    { detail: { path } },
  );
}
