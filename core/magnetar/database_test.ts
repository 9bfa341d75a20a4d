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

Deno.test("Database throws denied where it may not write", () => {
  using folder = new TemporaryFolder();
  assert.throws(() => new Database(join(folder.path, "missing", "jobs.db")), (error: Error) => {
    assert.ok("code" in error && error.code !== undefined);
    return true;
  });
});
