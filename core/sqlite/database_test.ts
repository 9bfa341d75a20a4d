import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Database, type Schema } from "./mod.ts";

const NOTES: Schema = {
  name: "note database",
  applicationId: 0x6e6f7465,
  migrations: ["CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT"],
  remedy: "write them again",
  survives: "process",
};

const INSERT = "INSERT INTO note (id, text) VALUES (?, hex(zeroblob(?)))";

/** A path in a folder that goes with its scope. */
class TemporaryPath implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "sqlite-" });
  readonly path = join(this.folder, "notes.db");

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

function ids(database: Database): string[] {
  return database.prepare("SELECT id FROM note ORDER BY id").all().map((row) => row.id);
}

/** Lets the database grow by two pages and no more. */
function limitSize(database: Database): void {
  const pages = database.prepare("PRAGMA page_count").first()!.page_count;
  database.prepare(`PRAGMA max_page_count = ${pages + 2}`).first();
}

Deno.test("Database throws exhausted when it can't grow, writes no more, and keeps what was committed", () => {
  using at = new TemporaryPath();
  {
    using database = new Database(at.path, NOTES);
    const insert = database.prepare(INSERT);
    insert.write("a", 10);
    database.commit();
    limitSize(database);
    insert.write("b", 10);
    assert.throws(() => insert.write("c", 1e6), { code: "exhausted" });
    assert.throws(() => insert.write("d", 1), { code: "exhausted" });
    assert.throws(() => database.commit(), { code: "exhausted" });
  }
  using database = new Database(at.path, NOTES);
  assert.deepEqual(ids(database), ["a"]);
});

Deno.test("Database.transact commits all or nothing, and goes on after a failure", () => {
  using at = new TemporaryPath();
  {
    using database = new Database(at.path, NOTES);
    const insert = database.prepare(INSERT);
    insert.write("before", 1);
    const stop = new Error("stop");
    const half = () => {
      insert.write("half", 1);
      throw stop;
    };
    assert.throws(() => database.transact(half), stop);
    assert.deepEqual(ids(database), ["before"]);
    assert.equal(database.transact(() => insert.write("whole", 1)), 1);
  }
  using database = new Database(at.path, NOTES);
  assert.deepEqual(ids(database), ["before", "whole"]);
});

Deno.test("Database.transact leaves the database usable when it couldn't grow", () => {
  using at = new TemporaryPath();
  using database = new Database(at.path, NOTES);
  const insert = database.prepare(INSERT);
  limitSize(database);
  const both = () => {
    insert.write("small", 1);
    insert.write("large", 1e6);
  };
  assert.throws(() => database.transact(both), { code: "exhausted" });
  assert.deepEqual(ids(database), []);
  database.transact(() => insert.write("small", 1));
  assert.deepEqual(ids(database), ["small"]);
});

Deno.test("Database.transact within another is a part of it", () => {
  using at = new TemporaryPath();
  using database = new Database(at.path, NOTES);
  const insert = database.prepare(INSERT);
  const inner = () => database.transact(() => insert.write("inner", 1));
  const failing = () => {
    inner();
    database.commit();
    throw new Error("stop");
  };
  assert.throws(() => database.transact(failing), /stop/);
  assert.deepEqual(ids(database), []);
  database.transact(inner);
  assert.deepEqual(ids(database), ["inner"]);
});

Deno.test("Database.transact that need survive only the process waits for no disk, alone", () => {
  using at = new TemporaryPath();
  using database = new Database(at.path, { ...NOTES, survives: "machine" });
  const mode = () => database.prepare("PRAGMA synchronous").first()!.synchronous;
  const during = database.transact(mode, { survives: "process" });
  assert.deepEqual([during, mode()], [1, 2]);
});

Deno.test("Database asks for the disk at each commit only if it is to survive the machine", () => {
  for (const [survives, expected] of [["process", 1], ["machine", 2]] as const) {
    using at = new TemporaryPath();
    using database = new Database(at.path, { ...NOTES, survives });
    assert.equal(database.prepare("PRAGMA synchronous").first()!.synchronous, expected);
  }
});

Deno.test("Database names itself and its remedy when it is damaged, held or another's", () => {
  using at = new TemporaryPath();
  {
    using _owner = new Database(at.path, NOTES);
    const held = { code: "conflict", message: /^open note database ".*another process uses it$/ };
    assert.throws(() => new Database(at.path, NOTES), held);
  }
  const other = { ...NOTES, applicationId: 7 };
  assert.throws(() => new Database(at.path, other), {
    code: "conflict",
    message: /another program/,
  });
  const older = { ...NOTES, migrations: [] };
  assert.throws(() => new Database(at.path, older), { code: "conflict", message: /newer Orbit/ });
  Deno.writeTextFileSync(at.path, "not a database, but long enough to be looked at".repeat(20));
  const damaged = { code: "corrupt", message: /note database .*; write them again$/ };
  assert.throws(() => new Database(at.path, NOTES), damaged);
});

Deno.test("Database brings an older version to the newest, and keeps its rows", () => {
  using at = new TemporaryPath();
  {
    using database = new Database(at.path, NOTES);
    database.transact(() => database.prepare(INSERT).write("old", 1));
  }
  const added = "ALTER TABLE note ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'";
  {
    const schema = { ...NOTES, migrations: [...NOTES.migrations, added] };
    using database = new Database(at.path, schema);
    assert.equal(database.prepare("SELECT colour FROM note").first()!.colour, "blue");
  }
  using raw = new DatabaseSync(at.path);
  assert.equal(raw.prepare("PRAGMA user_version").get()!.user_version, 2);
});

Deno.test("Database is its owner's alone", { ignore: Deno.build.os === "windows" }, () => {
  using at = new TemporaryPath();
  using database = new Database(at.path, NOTES);
  database.transact(() => database.prepare(INSERT).write("a", 1));
  for (const entry of Deno.readDirSync(at.folder)) {
    const { mode } = Deno.statSync(join(at.folder, entry.name));
    assert.equal(mode! & 0o777, 0o600, entry.name);
  }
});

Deno.test("Database throws not_found in a folder that isn't there", () => {
  using at = new TemporaryPath();
  const path = join(at.folder, "missing", "notes.db");
  assert.throws(() => new Database(path, NOTES), { code: "not_found", detail: { path } });
});
