import assert from "node:assert/strict";
import { join } from "node:path";
import { Database } from "./database.ts";
import { TemporaryFolder } from "./fixture.ts";

Deno.test("Database throws exhausted when it can't grow, writes no more, and keeps what was committed", () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, "jobs.db");
  const count = (database: Database) =>
    database.prepare("SELECT count(*) AS n FROM job").first()!.n;
  const insert = `INSERT INTO job (id, kind, label, spec, state, created_ms)
    VALUES (?, 'k', '""', hex(zeroblob(?)), 'pending', 0)`;
  {
    using database = new Database(path);
    const write = database.prepare(insert);
    write.write("a", 10);
    database.commit();
    const pages = database.prepare("PRAGMA page_count").first()!.page_count;
    database.prepare(`PRAGMA max_page_count = ${pages + 2}`).first();
    write.write("b", 10);
    assert.throws(() => write.write("c", 1e6), { code: "exhausted" });
    assert.throws(() => write.write("d", 1), { code: "exhausted" });
    assert.throws(() => database.commit(), { code: "exhausted" });
  }
  using database = new Database(path);
  assert.equal(count(database), 1);
});

Deno.test("Database throws not_found in a folder that isn't there", () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, "missing", "jobs.db");
  assert.throws(() => new Database(path), { code: "not_found", detail: { path } });
});
