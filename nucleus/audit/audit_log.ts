/** The audit log in SQLite. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { Database, Row, Statement } from "#core/sqlite/mod.ts";
import { type AuditEntry, type AuditRecord, chainHash, GENESIS, recordText } from "./record.ts";
import { type AuditHead, type AuditVerdict, verifyRows } from "./verify.ts";

/** No record is larger, in characters of JSON. */
const MAX_RECORD_LENGTH = 16 * 1024;
const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;

/** Which records to list. */
export interface AuditFilter {
  /** Exactly this action. */
  action?: string;
  /** Exactly this target. */
  target?: string;
  outcome?: AuditEntry["outcome"];
  /** Only records before this one: the `seq` that the page before ended with. */
  before?: number;
  /** At most so many: 1 to 1,000; 100 when left out. */
  limit?: number;
}

/** Who did what, when, and what was refused: added to, never changed. */
export interface AuditLog {
  /**
   * Adds a record; within a transaction of the store it is a part of that, otherwise it is on disk
   * when this returns.
   *
   * @throws {OrbitError} `invalid` when it is larger than 16 KiB or has no JSON form; `exhausted`
   * and the like for what SQLite says.
   */
  append(entry: AuditEntry): AuditRecord;
  /** Records, the newest first. @throws {OrbitError} `invalid` for a bad limit. */
  list(filter?: AuditFilter): AuditRecord[];
  /** The last record's number and hash; undefined when there is none. */
  head(): AuditHead | undefined;
  /**
   * Walks the chain from the first record to the last.
   *
   * A chain can't tell by itself that records are missing at its end: hand in a head that was
   * noted elsewhere before, and the log has to hold that record as it was.
   */
  verifyAudit(options?: { known?: AuditHead }): AuditVerdict;
}

/** The log in the table that {@linkcode AUDIT_TABLES} makes. */
export class SqliteAuditLog implements AuditLog {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #insert: Statement;
  readonly #last: Statement;
  readonly #page: Statement;
  readonly #walk: Statement;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#insert = database.prepare("INSERT INTO audit (seq, record, hash) VALUES (?, ?, ?)");
    this.#last = database.prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
    this.#page = database.prepare(`
      SELECT seq, record, hash FROM audit
      WHERE (?1 IS NULL OR target = ?1) AND (?2 IS NULL OR action = ?2)
        AND (?3 IS NULL OR outcome = ?3) AND (?4 IS NULL OR seq < ?4)
      ORDER BY seq DESC LIMIT ?5`);
    this.#walk = database.prepare(
      "SELECT seq, record, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT 1000",
    );
  }

  append(entry: AuditEntry): AuditRecord {
    return this.#database.transact(() => {
      const head = this.head();
      const seq = (head?.seq ?? 0) + 1, atMs = this.#clock.now();
      const text = recordText(seq, atMs, entry);
      if (text.length > MAX_RECORD_LENGTH) {
        const size = `${text.length} characters, at most ${MAX_RECORD_LENGTH}`;
        throw new OrbitError("invalid", `audit ${JSON.stringify(entry.action)}: ${size}`);
      }
      const hash = chainHash(head?.hash ?? GENESIS, text);
      this.#insert.write(seq, text, Uint8Array.fromHex(hash));
      return { ...JSON.parse(text), hash };
    });
  }

  list({ action, target, outcome, before, limit = DEFAULT_PAGE }: AuditFilter = {}): AuditRecord[] {
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE) {
      throw new OrbitError("invalid", `list ${limit} audit records: not 1 to ${MAX_PAGE}`);
    }
    const values = [target ?? null, action ?? null, outcome ?? null, before ?? null, limit];
    return this.#page.all(...values).map(toRecord);
  }

  head(): AuditHead | undefined {
    const row = this.#last.first();
    return row && { seq: row.seq, hash: toHex(row.hash) };
  }

  verifyAudit({ known }: { known?: AuditHead } = {}): AuditVerdict {
    return verifyRows(this.#rows(), known);
  }

  *#rows(): Iterable<{ seq: number; text: string; hash: string }> {
    for (let after = Number.MIN_SAFE_INTEGER;;) {
      const rows = this.#walk.all(after);
      for (const { seq, record, hash } of rows) {
        yield { seq, text: String(record), hash: toHex(hash) };
      }
      if (rows.length === 0) return;
      after = rows.at(-1)!.seq;
    }
  }
}

function toRecord({ seq, record, hash }: Row): AuditRecord {
  try {
    return { ...JSON.parse(record), hash: toHex(hash) };
  } catch (cause) {
    throw new OrbitError("corrupt", `read audit record ${seq}: not JSON; verify the audit log`, {
      cause,
    });
  }
}

function toHex(bytes: Uint8Array): string {
  return bytes.toHex();
}
