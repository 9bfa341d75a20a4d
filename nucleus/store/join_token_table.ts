/** Join tokens: each lets one machine in, once. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { StarId } from "#core/identity/mod.ts";
import { type Database, fromJson, type Row, type Statement, toJson } from "#core/sqlite/mod.ts";
import { checkPage } from "./page.ts";
import { parseName } from "./star_name.ts";

/** A join token to be stored. */
export interface JoinTokenEntry {
  id: string;
  /** What is stored of its secret; see `hashSecret` of `core/identity`. */
  secretHash: string;
  /** The name of the Star that joins with it; what the machine calls itself when absent. */
  name?: string;
  constellation: string;
  /** The only roots that the Star may serve; none for no limit. */
  roots: readonly string[];
  /** Whether the Star is active at once. */
  approves: boolean;
  /** Milliseconds since 1970. */
  expiresAtMs: number;
}

/** A join token as it is listed: nothing of its secret. */
export interface JoinTokenRecord extends Omit<JoinTokenEntry, "secretHash"> {
  createdAtMs: number;
  usedAtMs?: number;
  /** The Star that it let in. */
  usedBy?: StarId;
  revokedAtMs?: number;
  state: "open" | "used" | "revoked" | "expired";
}

/** Why a join token lets nobody in. For the audit log; a peer learns nothing of it. */
export type JoinTokenRefusal = "unknown" | "wrong secret" | "used" | "revoked" | "expired";

/** What came of a join token. */
export type JoinTokenCheck =
  | { ok: true; token: JoinTokenRecord }
  | { ok: false; reason: JoinTokenRefusal };

/** Which join tokens to list. */
export interface JoinTokenFilter {
  /** Only those that still let somebody in. */
  isOpen?: boolean;
  /** At most so many: 1 to 1,000; 100 when left out. */
  limit?: number;
}

/** Compares with the stored hash of a secret. */
export type Verify = (secretHash: string) => boolean;

/** What no secret has, for doing with an unknown token what is done with a known one. */
const NO_HASH = "0".repeat(64);

/** The store of join tokens. */
export class JoinTokenTable {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #insert: Statement;
  readonly #find: Statement;
  readonly #list: Statement;
  readonly #use: Statement;
  readonly #revoke: Statement;
  readonly #prune: Statement;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#insert = database.prepare(`
      INSERT INTO join_token
        (id, secret_hash, name, constellation, roots, approves, created_ms, expires_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#find = database.prepare("SELECT * FROM join_token WHERE id = ?");
    this.#list = database.prepare(`
      SELECT * FROM join_token
      WHERE ?1 IS NULL OR (used_ms IS NULL AND revoked_ms IS NULL AND expires_ms > ?1)
      ORDER BY created_ms DESC, id LIMIT ?2`);
    this.#use = database.prepare(`
      UPDATE join_token SET used_ms = ?2, used_by = ?3
      WHERE id = ?1 AND used_ms IS NULL AND revoked_ms IS NULL AND expires_ms > ?2`);
    this.#revoke = database.prepare("UPDATE join_token SET revoked_ms = ? WHERE id = ?");
    this.#prune = database.prepare("DELETE FROM join_token WHERE expires_ms < ?");
  }

  /** @throws {OrbitError} `invalid` for a bad name, `conflict` when the id is taken. */
  add(token: JoinTokenEntry): JoinTokenRecord {
    if (token.name !== undefined) parseName(token.name, "Star");
    parseName(token.constellation, "constellation");
    return this.#database.transact(() => {
      if (this.#find.first(token.id)) {
        throw new OrbitError(
          "conflict",
          `add join token ${JSON.stringify(token.id)}: there is one`,
        );
      }
      this.#insert.write(
        ...[token.id, token.secretHash, token.name ?? null, token.constellation],
        ...[toJson(token.roots), Number(token.approves), this.#clock.now(), token.expiresAtMs],
      );
      return this.byId(token.id)!;
    });
  }

  byId(id: string): JoinTokenRecord | undefined {
    const row = this.#find.first(id);
    return row && this.#toRecord(row);
  }

  /** Join tokens, the newest first. @throws {OrbitError} `invalid` for a bad limit. */
  list({ isOpen, limit }: JoinTokenFilter = {}): JoinTokenRecord[] {
    const wanted = checkPage("join tokens", limit);
    return this.#list.all(isOpen ? this.#clock.now() : null, wanted)
      .map((row) => this.#toRecord(row));
  }

  /** Whether the token would let somebody in now. Changes nothing. */
  check(id: string, verify: Verify): JoinTokenCheck {
    const row = this.#find.first(id);
    const isRight = verify(row?.secret_hash ?? NO_HASH);
    if (!row) return { ok: false, reason: "unknown" };
    if (!isRight) return { ok: false, reason: "wrong secret" };
    const token = this.#toRecord(row);
    return token.state === "open" ? { ok: true, token } : { ok: false, reason: token.state };
  }

  /**
   * Uses the token up for a Star: of any number at once, one succeeds. Put it into a transaction
   * with what the token is used for, and both happen or neither.
   */
  consume(id: string, verify: Verify, usedBy: StarId): JoinTokenCheck {
    return this.#database.transact(() => {
      const check = this.check(id, verify);
      if (!check.ok) return check;
      if (this.#use.write(id, this.#clock.now(), usedBy) !== 1) {
        return { ok: false, reason: "used" };
      }
      return { ok: true, token: this.byId(id)! };
    });
  }

  /** @throws {OrbitError} `not_found`, or `conflict` when it lets nobody in any more. */
  revoke(id: string): JoinTokenRecord {
    return this.#database.transact(() => {
      const token = this.byId(id);
      const what = `revoke join token ${JSON.stringify(id.slice(0, 64))}`;
      if (!token) throw new OrbitError("not_found", `${what}: unknown`);
      if (token.state !== "open") throw new OrbitError("conflict", `${what}: it is ${token.state}`);
      this.#revoke.write(this.#clock.now(), id);
      return this.byId(id)!;
    });
  }

  /** Forgets those that expired before. */
  prune(beforeMs: number): number {
    return this.#database.transact(() => this.#prune.write(beforeMs));
  }

  #toRecord(row: Row): JoinTokenRecord {
    return {
      id: row.id,
      name: row.name ?? undefined,
      constellation: row.constellation,
      roots: fromJson(row.roots)!,
      approves: row.approves === 1,
      createdAtMs: row.created_ms,
      expiresAtMs: row.expires_ms,
      usedAtMs: row.used_ms ?? undefined,
      usedBy: row.used_by ?? undefined,
      revokedAtMs: row.revoked_ms ?? undefined,
      state: this.#stateOf(row),
    };
  }

  #stateOf(row: Row): JoinTokenRecord["state"] {
    if (row.used_ms !== null) return "used";
    if (row.revoked_ms !== null) return "revoked";
    return row.expires_ms > this.#clock.now() ? "open" : "expired";
  }
}
