/**
 * Certificates that were issued to Stars, and which of them are revoked. A Star holds several that
 * aren't over: the one before stays good when it renews.
 */
import type { StarId } from "#core/identity/mod.ts";
import type { Database, Statement } from "#core/sqlite/mod.ts";
import type { StarCertificate } from "./star.ts";

/** A certificate that is refused before its end. */
export interface RevokedCertificate extends StarCertificate {
  starId: StarId;
  /** Milliseconds since 1970. */
  revokedAtMs: number;
}

export class CertificateTable {
  readonly #insert: Statement;
  readonly #revoke: Statement;
  readonly #isRevoked: Statement;
  readonly #listRevoked: Statement;
  readonly #prune: Statement;

  constructor(database: Database) {
    this.#insert = database.prepare(
      "INSERT INTO certificate (serial, star_id, thumbprint, not_after_ms) VALUES (?, ?, ?, ?)",
    );
    this.#revoke = database.prepare(`
      UPDATE certificate SET revoked_ms = ? WHERE star_id = ? AND revoked_ms IS NULL`);
    this.#isRevoked = database.prepare(
      "SELECT 1 FROM certificate WHERE serial = ? AND revoked_ms IS NOT NULL",
    );
    this.#listRevoked = database.prepare(`
      SELECT serial, star_id AS starId, thumbprint, not_after_ms AS notAfter,
        revoked_ms AS revokedAtMs
      FROM certificate WHERE revoked_ms IS NOT NULL AND not_after_ms >= ? ORDER BY not_after_ms, serial`);
    this.#prune = database.prepare(`
      DELETE FROM certificate
      WHERE not_after_ms < ? AND serial NOT IN (SELECT serial FROM star WHERE serial IS NOT NULL)`);
  }

  add(starId: StarId, { serial, thumbprint, notAfter }: StarCertificate): void {
    this.#insert.write(serial, starId, thumbprint, notAfter);
  }

  /** Revokes all that a Star was given. */
  revokeAll(starId: StarId, atMs: number): void {
    this.#revoke.write(atMs, starId);
  }

  isRevoked(serial: string): boolean {
    return this.#isRevoked.first(serial) !== undefined;
  }

  /** Those that are refused before their end, the one that ends first at the front. */
  listRevoked(nowMs: number): RevokedCertificate[] {
    return this.#listRevoked.all(nowMs).map((row) => ({ ...row }) as RevokedCertificate);
  }

  /** Forgets those that ended before; they are refused for that. */
  prune(beforeMs: number): number {
    return this.#prune.write(beforeMs);
  }
}
