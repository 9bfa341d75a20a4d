import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { ManualClock } from "#core/clock.ts";
import { Database, type Schema } from "#core/sqlite/mod.ts";
import { AUDIT_TABLES, type AuditEntry, type AuditVerdict, SqliteAuditLog } from "./mod.ts";

const SCHEMA: Schema = {
  ...{ name: "audit database", applicationId: 1, migrations: [AUDIT_TABLES], remedy: "none" },
  survives: "process",
};

const ENTRY: AuditEntry = { actor: { kind: "system" }, action: "test.run", outcome: "allowed" };

/** A log in a folder of its own. */
class TemporaryLog implements Disposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "audit-" });
  readonly path = join(this.#folder, "audit.db");
  readonly clock = new ManualClock();

  /** Opens the log, for as long as the call lasts. */
  with<T>(use: (log: SqliteAuditLog, database: Database) => T): T {
    using database = new Database(this.path, SCHEMA);
    return use(new SqliteAuditLog(database, this.clock), database);
  }

  /** Changes the table as somebody with the file in hand could: without triggers. */
  tamper(sql: string, ...values: (string | number | Uint8Array)[]): void {
    using database = new DatabaseSync(this.path);
    for (const name of ["is_not_changed", "is_not_removed", "is_appended"]) {
      database.exec(`DROP TRIGGER IF EXISTS audit_${name}`);
    }
    assert.equal(Number(database.prepare(sql).run(...values).changes) > 0, true, sql);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

function verify(at: TemporaryLog): AuditVerdict {
  return at.with((log) => log.verifyAudit());
}

const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom("a", "\0", "\ud800", "\udc00", '"', "\\", "\u2028"),
    maxLength: 6,
  }),
);
const names = fc.stringMatching(/^[A-Za-z]\w{0,8}$/);
const entries: fc.Arbitrary<AuditEntry> = fc.record({
  actor: fc.record({
    kind: fc.constantFrom("operator", "token", "star", "cli", "system"),
    id: fc.option(texts, { nil: undefined }),
    address: fc.option(texts, { nil: undefined }),
  }),
  action: texts,
  target: fc.option(texts, { nil: undefined }),
  outcome: fc.constantFrom("allowed", "refused"),
  reason: fc.option(texts, { nil: undefined }),
  detail: fc.option(
    fc.dictionary(
      names,
      fc.oneof(texts, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()),
    ),
    { nil: undefined },
  ),
});

Deno.test("SqliteAuditLog gives back what was appended, after a restart too, and verifies", () => {
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 8 }), fc.nat(8), (all, split) => {
      using at = new TemporaryLog();
      const append = (part: AuditEntry[]) =>
        at.with((log) => part.map((entry) => log.append(entry)));
      const written = [...append(all.slice(0, split)), ...append(all.slice(split))];
      assert.deepEqual(written.map(({ seq }) => seq), all.map((_, i) => i + 1));
      const listed = at.with((log) => log.list()).reverse();
      assert.deepEqual(listed, written);
      listed.forEach(({ seq: _seq, atMs: _atMs, hash: _hash, ...entry }, i) => {
        assert.deepEqual(entry, JSON.parse(JSON.stringify(all[i])));
      });
      const head = written.at(-1) && { seq: written.length, hash: written.at(-1)!.hash };
      assert.deepEqual(verify(at), { ok: true, records: all.length, head });
    }),
    { numRuns: 30 },
  );
});

type Tampering = [name: string, sql: (seq: number) => string, brokenAt: (seq: number) => number];
const TAMPERINGS: Tampering[] = [
  [
    "changed",
    (seq) => `UPDATE audit SET record = replace(record, 'test', 'best') WHERE seq = ${seq}`,
    (seq) => seq,
  ],
  [
    "reformatted",
    (seq) => `UPDATE audit SET record = record || ' ' WHERE seq = ${seq}`,
    (seq) => seq,
  ],
  ["torn", (seq) => `UPDATE audit SET record = '{' WHERE seq = ${seq}`, (seq) => seq],
  ["rehashed", (seq) => `UPDATE audit SET hash = zeroblob(32) WHERE seq = ${seq}`, (seq) => seq],
  ["removed", (seq) => `DELETE FROM audit WHERE seq = ${seq}`, (seq) => seq],
  ["moved to the front", (seq) => `UPDATE audit SET seq = -1 WHERE seq = ${seq}`, () => -1],
  [
    "replaced by the next",
    (seq) =>
      `UPDATE audit SET (record, hash) = (SELECT record, hash FROM audit WHERE seq = ${
        seq + 1
      }) WHERE seq = ${seq}`,
    (seq) => seq,
  ],
];
for (const [name, sql, brokenAt] of TAMPERINGS) {
  Deno.test(`verifyAudit names the first record when one was ${name}`, () => {
    const places = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(places, (seq) => {
        using at = new TemporaryLog();
        at.with((log) => {
          for (let i = 0; i < 6; i++) log.append({ ...ENTRY, detail: { i } });
        });
        at.tamper(sql(seq));
        const verdict = verify(at);
        assert.equal(verdict.ok, false);
        assert.equal(!verdict.ok && verdict.brokenAt, brokenAt(seq));
      }),
      { numRuns: 5 },
    );
  });
}

Deno.test("verifyAudit notices that the end is missing, or was made anew, from a head known before", () => {
  using at = new TemporaryLog();
  const known = at.with((log) => {
    for (let i = 0; i < 3; i++) log.append(ENTRY);
    return log.head()!;
  });
  assert.equal(at.with((log) => log.verifyAudit({ known })).ok, true);
  at.tamper("DELETE FROM audit WHERE seq = 3");
  assert.equal(verify(at).ok, true, "the chain alone can't tell");
  const cut = at.with((log) => log.verifyAudit({ known }));
  assert.ok(!cut.ok && cut.brokenAt === 3 && /ends before record 3/.test(cut.reason));
  at.with((log) => log.append({ ...ENTRY, action: "test.other" }));
  const remade = at.with((log) => log.verifyAudit({ known }));
  assert.ok(!remade.ok && remade.brokenAt === 3 && /isn't the known one/.test(remade.reason));
});

Deno.test("the audit table refuses to change, remove, replace or squeeze in a record", () => {
  using at = new TemporaryLog();
  at.with((log) => {
    log.append(ENTRY);
    log.append(ENTRY);
  });
  const attempts = [
    "UPDATE audit SET hash = hash",
    "DELETE FROM audit WHERE seq = 2",
    "INSERT OR REPLACE INTO audit (seq, record, hash) VALUES (2, '{}', x'00')",
    "INSERT INTO audit (seq, record, hash) VALUES (0, '{}', x'00')",
    "INSERT INTO audit (seq, record, hash) VALUES (9, '{}', x'00')",
  ];
  for (const sql of attempts) {
    at.with((_log, database) => {
      const attempt = database.prepare(sql);
      assert.throws(() => database.transact(() => attempt.write()), /append-only/, sql);
    });
  }
  assert.deepEqual(verify(at).ok, true);
});

Deno.test("SqliteAuditLog lists by action, target and outcome, page by page from the newest", async () => {
  using at = new TemporaryLog();
  for (let i = 0; i < 10; i++) {
    await at.clock.advance(1000);
    at.with((log) =>
      log.append({
        ...ENTRY,
        action: i % 2 ? "test.odd" : "test.even",
        target: `t${i % 3}`,
        outcome: i % 5 ? "allowed" : "refused",
      })
    );
  }
  at.with((log) => {
    const seqs = (filter: Parameters<SqliteAuditLog["list"]>[0]) =>
      log.list(filter).map(({ seq }) => seq);
    assert.deepEqual(seqs({ limit: 3 }), [10, 9, 8]);
    assert.deepEqual(seqs({ limit: 3, before: 8 }), [7, 6, 5]);
    assert.deepEqual(seqs({ action: "test.odd" }), [10, 8, 6, 4, 2]);
    assert.deepEqual(seqs({ target: "t0", before: 10 }), [7, 4, 1]);
    assert.deepEqual(seqs({ outcome: "refused" }), [6, 1]);
    assert.equal(log.list({ limit: 1 })[0].atMs, at.clock.now());
    for (const limit of [0, -1, 1.5, 1001]) {
      assert.throws(() => log.list({ limit }), { code: "invalid" });
    }
  });
});

Deno.test("SqliteAuditLog refuses what is too large or can't be said, and goes on", () => {
  using at = new TemporaryLog();
  at.with((log) => {
    const large = { ...ENTRY, reason: "x".repeat(17_000) };
    assert.throws(() => log.append(large), { code: "invalid", message: /at most 16384/ });
    assert.throws(() => log.append({ ...ENTRY, detail: { n: NaN } }), { code: "invalid" });
    assert.throws(() => log.append({ ...ENTRY, detail: { "\0": 1 } }), { code: "invalid" });
    assert.equal(log.append(ENTRY).seq, 1);
  });
});

Deno.test("a record of a transaction that failed is none", () => {
  using at = new TemporaryLog();
  at.with((log, database) => {
    log.append(ENTRY);
    const failing = () => {
      log.append({ ...ENTRY, action: "test.lost" });
      throw new Error("stop");
    };
    assert.throws(() => database.transact(failing), /stop/);
    log.append({ ...ENTRY, action: "test.next" });
    assert.deepEqual(log.list().map(({ action }) => action), ["test.next", "test.run"]);
  });
  assert.equal(verify(at).ok, true);
});
