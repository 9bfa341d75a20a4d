/**
 * One SQLite database with one owner, opened with care: locked for as long as it is open, checked
 * for damage, brought to the newest version, and written in transactions that stay open until
 * somebody flushes.
 *
 * Decision: SQLite's own exclusive lock rather than a lock file. The kernel drops it with the
 * process, however that dies, so there is no stale lock to judge; the cost is that nobody else can
 * even read the database meanwhile.
 */
import { DatabaseSync } from "node:sqlite";
import type { OrbitError } from "#core/errors.ts";
import { Failures } from "./failure.ts";
import { createPrivateFile, fileSize } from "./files.ts";
import type { Schema } from "./schema.ts";
import { type Row, Statement } from "./statement.ts";

/** Up to this size a database is checked whenever it is opened; above, only after a crash. */
const ALWAYS_CHECKED_BYTES = 16 * 1024 * 1024;

/** An open database. */
export class Database implements Disposable {
  readonly #inner: DatabaseSync;
  readonly #schema: Schema;
  readonly #failures: Failures;
  #inTransaction = false;
  #isAtomic = false;
  #spoiled?: OrbitError;

  /**
   * @throws {OrbitError} `conflict` when it is open elsewhere, of a newer version or not Orbit's;
   * `corrupt` when it is damaged; `denied`, `exhausted` or `internal` for what the system says.
   */
  constructor(path: string, schema: Schema) {
    this.#schema = schema;
    this.#failures = new Failures(path, schema);
    const { hasCrashed, isNew, inner } = this.guard(() => {
      const hasCrashed = fileSize(`${path}-wal`) > 0;
      createPrivateFile(path);
      const isNew = fileSize(path) === 0;
      return { hasCrashed, isNew, inner: new DatabaseSync(path, { timeout: 0 }) };
    });
    this.#inner = inner;
    try {
      this.#configure(isNew);
      if (!isNew && (hasCrashed || fileSize(path) <= ALWAYS_CHECKED_BYTES)) this.#check();
      this.#migrate();
    } catch (error) {
      this.#inner.close();
      throw this.#failures.explain(error);
    }
  }

  #configure(isNew: boolean): void {
    if (isNew) this.#pragma("auto_vacuum = incremental");
    this.#pragma("locking_mode = exclusive");
    this.#pragma("journal_mode = wal");
    this.#pragma(`synchronous = ${this.#schema.survives === "machine" ? "full" : "normal"}`);
    this.#pragma("wal_autocheckpoint = 16384");
    this.#pragma("journal_size_limit = 67108864");
    this.#pragma("cache_size = -32768");
    this.#inner.prepare("BEGIN IMMEDIATE").run();
    this.#inner.prepare("COMMIT").run();
  }

  #check(): void {
    const found = this.#pragma("quick_check(1)")?.quick_check;
    if (found !== "ok") throw this.#failures.corrupt(String(found));
  }

  #migrate(): void {
    const { applicationId, migrations } = this.#schema;
    const version = Number(this.#pragma("user_version")?.user_version);
    const owner = Number(this.#pragma("application_id")?.application_id);
    if (owner !== applicationId && (owner !== 0 || version !== 0 || this.#hasTables())) {
      throw this.#failures.conflict("it is a database of another program");
    }
    if (version > migrations.length) {
      const versions = `version ${version}, and this program knows up to ${migrations.length}`;
      throw this.#failures.conflict(`it was written by a newer Orbit (${versions}); update Orbit`);
    }
    if (version === migrations.length) return;
    this.#inner.exec("BEGIN IMMEDIATE");
    for (const migration of migrations.slice(version)) this.#inner.exec(migration);
    this.#pragma(`application_id = ${applicationId}`);
    this.#pragma(`user_version = ${migrations.length}`);
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

  /**
   * Makes everything written so far survive the death of this process; within
   * {@linkcode transact}, that does so at its end.
   */
  commit(): void {
    if (this.#spoiled) throw this.#spoiled;
    if (!this.#inTransaction || this.#isAtomic) return;
    try {
      this.#inner.prepare("COMMIT").run();
      this.#inTransaction = false;
    } catch (error) {
      throw this.spoil(error);
    }
  }

  /**
   * Runs something that writes, and commits it, or leaves no trace of it if it throws, after which
   * the database is usable. What was written before is committed first. Within another one it is
   * a part of that: its end commits, and its failure undoes, both.
   *
   * @param survives What this commit survives, when it needs less than the schema says.
   */
  transact<T>(action: () => T, { survives }: { survives?: "process" } = {}): T {
    if (this.#isAtomic) return action();
    this.commit();
    const isLax = survives !== undefined && survives !== this.#schema.survives;
    if (isLax) this.#pragma("synchronous = normal");
    this.begin();
    this.#isAtomic = true;
    try {
      const result = action();
      this.guard(() => this.#inner.prepare("COMMIT").run());
      this.#inTransaction = false;
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#isAtomic = false;
      if (isLax) this.#pragma("synchronous = full");
    }
  }

  #rollBack(): void {
    this.#inTransaction = false;
    try {
      if (this.#inner.isTransaction) this.#inner.exec("ROLLBACK");
    } catch (error) {
      this.#spoiled ??= this.#failures.explain(error);
    }
  }

  /** Gives the space of deleted rows back to the file system. */
  shrink(): void {
    this.commit();
    this.guard(() => this.#inner.prepare("PRAGMA incremental_vacuum").all());
  }

  /**
   * After a failed write outside of {@linkcode transact} nothing more is written, and what wasn't
   * committed is dropped: memory and database may differ from here on, and the next opener finds
   * the last good state.
   */
  spoil(error: unknown): OrbitError {
    if (this.#isAtomic) return this.#failures.explain(error);
    this.#spoiled ??= this.#failures.explain(error);
    // The first error is the one to tell; closing the database rolls back as well.
    this.#rollBack();
    return this.#spoiled;
  }

  /**
   * Lets writing begin anew after {@linkcode spoil}, from the last good state; the caller forgets
   * what it remembers of anything newer.
   */
  revive(): void {
    this.#spoiled = undefined;
    this.#rollBack();
    if (this.#spoiled) throw this.#spoiled;
  }

  /** Runs something that reads, with failures explained. */
  guard<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw this.#failures.explain(error);
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
