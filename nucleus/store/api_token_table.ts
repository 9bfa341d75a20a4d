/** API tokens: what programs show to the REST surface. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { type Database, fromJson, type Row, type Statement, toJson } from "#core/sqlite/mod.ts";
import type { Verify } from "./join_token_table.ts";
import { checkPage } from "./page.ts";

/** What somebody may do; each may do what the one before may. */
export type Role = "viewer" | "operator" | "admin";

export const ROLES: readonly Role[] = ["viewer", "operator", "admin"];

/** What somebody may do it to; an absent part limits nothing. */
export interface Scope {
  constellations?: readonly string[];
  /** Paths on Stars begin with one of these. */
  pathPrefixes?: readonly string[];
}

/** An API token to be stored. */
export interface ApiTokenEntry extends Scope {
  id: string;
  /** What is stored of its secret; see `hashSecret` of `core/identity`. */
  secretHash: string;
  /** What people call it, 1 to 64 characters. */
  name: string;
  role: Role;
  /** Milliseconds since 1970; never when absent. */
  expiresAtMs?: number;
}

/** An API token as it is listed: nothing of its secret. */
export interface ApiTokenRecord extends Omit<ApiTokenEntry, "secretHash"> {
  createdAtMs: number;
  lastUsedAtMs?: number;
  revokedAtMs?: number;
  state: "good" | "revoked" | "expired";
}

/** What came of an API token. */
export type ApiTokenCheck =
  | { ok: true; token: ApiTokenRecord }
  | { ok: false; reason: "unknown" | "wrong secret" | "revoked" | "expired" };

const MAX_NAME_LENGTH = 64;
const NO_HASH = "0".repeat(64);

/** The store of API tokens. */
export class ApiTokenTable {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #insert: Statement;
  readonly #find: Statement;
  readonly #list: Statement;
  readonly #revoke: Statement;
  readonly #setUsed: Statement;
  /** When tokens were used last, as far as it isn't stored yet. */
  readonly #used = new Map<string, number>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#insert = database.prepare(`
      INSERT INTO api_token
        (id, secret_hash, name, role, constellations, path_prefixes, created_ms, expires_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#find = database.prepare("SELECT * FROM api_token WHERE id = ?");
    this.#list = database.prepare(`
      SELECT * FROM api_token WHERE id > ? ORDER BY id LIMIT ?`);
    this.#revoke = database.prepare("UPDATE api_token SET revoked_ms = ? WHERE id = ?");
    this.#setUsed = database.prepare("UPDATE api_token SET last_used_ms = ? WHERE id = ?");
  }

  /** @throws {OrbitError} `invalid` for a bad name or role, `conflict` when the id is taken. */
  add(token: ApiTokenEntry): ApiTokenRecord {
    const { id, name, role, constellations, pathPrefixes } = token;
    const what = `add API token ${JSON.stringify(name.slice(0, MAX_NAME_LENGTH))}`;
    if (!/^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(name) || name.length > MAX_NAME_LENGTH) {
      const state = `not 1 to ${MAX_NAME_LENGTH} characters that can be shown`;
      throw new OrbitError("invalid", `${what}: ${state}`);
    }
    if (!ROLES.includes(role)) {
      throw new OrbitError("invalid", `${what}: the role is one of ${ROLES.join(", ")}`);
    }
    return this.#database.transact(() => {
      if (this.#find.first(id)) throw new OrbitError("conflict", `${what}: the id is taken`);
      this.#insert.write(
        ...[id, token.secretHash, name, role],
        ...[constellations ? toJson(constellations) : null],
        ...[pathPrefixes ? toJson(pathPrefixes) : null],
        ...[this.#clock.now(), token.expiresAtMs ?? null],
      );
      return this.byId(id)!;
    });
  }

  byId(id: string): ApiTokenRecord | undefined {
    const row = this.#find.first(id);
    return row && this.#toRecord(row);
  }

  /** API tokens by id, behind `after`. @throws {OrbitError} `invalid` for a bad limit. */
  list({ after = "", limit }: { after?: string; limit?: number } = {}): ApiTokenRecord[] {
    return this.#list.all(after, checkPage("API tokens", limit)).map((row) => this.#toRecord(row));
  }

  /** Whether the token is good, and whose it is. That it was used is stored a little later. */
  authenticate(id: string, verify: Verify): ApiTokenCheck {
    const row = this.#find.first(id);
    const isRight = verify(row?.secret_hash ?? NO_HASH);
    if (!row) return { ok: false, reason: "unknown" };
    if (!isRight) return { ok: false, reason: "wrong secret" };
    const token = this.#toRecord(row);
    if (token.state !== "good") return { ok: false, reason: token.state };
    this.#used.set(id, this.#clock.now());
    return { ok: true, token: { ...token, lastUsedAtMs: this.#used.get(id) } };
  }

  /** @throws {OrbitError} `not_found`, or `conflict` when it is revoked already. */
  revoke(id: string): ApiTokenRecord {
    return this.#database.transact(() => {
      const token = this.byId(id);
      const what = `revoke API token ${JSON.stringify(id.slice(0, MAX_NAME_LENGTH))}`;
      if (!token) throw new OrbitError("not_found", `${what}: unknown`);
      if (token.revokedAtMs) throw new OrbitError("conflict", `${what}: it is revoked already`);
      this.#revoke.write(this.#clock.now(), id);
      return this.byId(id)!;
    });
  }

  /** Stores when tokens were used. */
  flush(): void {
    if (this.#used.size === 0) return;
    this.#database.transact(() => {
      for (const [id, atMs] of this.#used) this.#setUsed.write(atMs, id);
    }, { survives: "process" });
    this.#used.clear();
  }

  #toRecord(row: Row): ApiTokenRecord {
    const isOver = row.expires_ms !== null && row.expires_ms <= this.#clock.now();
    return {
      id: row.id,
      name: row.name,
      role: row.role,
      constellations: fromJson(row.constellations),
      pathPrefixes: fromJson(row.path_prefixes),
      createdAtMs: row.created_ms,
      expiresAtMs: row.expires_ms ?? undefined,
      lastUsedAtMs: this.#used.get(row.id) ?? row.last_used_ms ?? undefined,
      revokedAtMs: row.revoked_ms ?? undefined,
      state: row.revoked_ms !== null ? "revoked" : isOver ? "expired" : "good",
    };
  }
}
