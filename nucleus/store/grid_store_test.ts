import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OrbitError } from "#core/errors.ts";
import fc from "fast-check";
import {
  certificate,
  heartbeat,
  HELLO,
  joinToken,
  newStar,
  TemporaryFolder,
  TemporaryGrid,
} from "./fixture.ts";
import { openGridStore } from "./mod.ts";

const isWindows = Deno.build.os === "windows";

Deno.test("openGridStore makes a folder and files that are their owner's alone", {
  ignore: isWindows,
}, () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, "data", "grid");
  using _store = openGridStore(path);
  assert.equal(Deno.statSync(path).mode! & 0o777, 0o700);
  for (const { name } of Deno.readDirSync(path)) {
    assert.equal(Deno.statSync(join(path, name)).mode! & 0o777, 0o600, name);
  }
});

Deno.test("openGridStore refuses a folder that others can read", { ignore: isWindows }, () => {
  using folder = new TemporaryFolder();
  Deno.chmodSync(folder.path, 0o750);
  assert.throws(() => openGridStore(folder.path), { code: "denied", message: /chmod 700/ });
});

Deno.test("openGridStore refuses a folder that is in use, and names it", () => {
  using grid = new TemporaryGrid();
  const refused = { code: "conflict", message: /another orbit-nucleus uses it/ };
  assert.throws(() => openGridStore(grid.folder.path), refused);
  assert.throws(() => openGridStore(grid.folder.path), (error: OrbitError) => {
    return error.message.includes(grid.folder.path);
  });
});

Deno.test("openGridStore refuses a database of a newer version, and leaves it alone", () => {
  using folder = new TemporaryFolder();
  openGridStore(folder.path)[Symbol.dispose]();
  {
    using raw = new DatabaseSync(folder.database);
    raw.exec("PRAGMA user_version = 99");
  }
  const before = Deno.readFileSync(folder.database);
  assert.throws(() => openGridStore(folder.path), { code: "conflict", message: /newer Orbit/ });
  assert.deepEqual(Deno.readFileSync(folder.database), before);
});

const DAMAGES: [what: string, damage: (bytes: Uint8Array) => Uint8Array][] = [
  ["cut in half", (bytes) => bytes.subarray(0, bytes.length / 2)],
  ["cut to a few bytes", (bytes) => bytes.subarray(0, 50)],
  ["with another beginning", (bytes) => bytes.with(3, 0xff)],
  [
    "overwritten in the middle",
    (bytes) => bytes.map((byte, i) => i > 4096 && i < 9000 ? 0xa5 : byte),
  ],
];
for (const [what, damage] of DAMAGES) {
  Deno.test(`openGridStore throws corrupt, with what to do, for a database ${what}`, () => {
    using folder = new TemporaryFolder();
    openGridStore(folder.path)[Symbol.dispose]();
    Deno.writeFileSync(folder.database, damage(Deno.readFileSync(folder.database)));
    const refused = { code: "corrupt", message: /put grid\.db back from a backup/ };
    assert.throws(() => openGridStore(folder.path), refused);
  });
}

Deno.test("a database with a flipped bit is read, or refused in words, and its audit log tells", () => {
  using folder = new TemporaryFolder();
  {
    using store = openGridStore(folder.path);
    for (let i = 0; i < 40; i++) {
      const star = store.stars.add(newStar(), certificate(Date.now()));
      store.stars.setCertificate(star.id, certificate(Date.now()));
      store.joinTokens.add(joinToken(`t${i}`, Date.now()));
      const detail = { name: star.name };
      store.audit.append({ actor: { kind: "system" }, action: "test", outcome: "allowed", detail });
    }
  }
  const whole = Deno.readFileSync(folder.database);
  const bits = fc.integer({ min: 0, max: whole.length * 8 - 1 });
  fc.assert(fc.property(bits, (bit) => {
    using copy = new TemporaryFolder();
    Deno.writeFileSync(copy.database, whole.with(bit >> 3, whole[bit >> 3] ^ 1 << (bit & 7)));
    try {
      using store = openGridStore(copy.path);
      assert.equal(store.stars.list().length <= 40, true);
      store.joinTokens.list();
      const records = store.audit.list();
      if (!store.audit.verifyAudit().ok) return;
      assert.deepEqual(records.map(({ seq, action }) => `${seq} ${action}`).at(-1), "1 test");
      assert.equal(records.length, 40);
    } catch (error) {
      if (!(error instanceof OrbitError)) throw error;
      // A flipped bit in a table's definition can't be told from a program that is wrong about it.
      const codes = ["corrupt", "conflict", "denied", "internal"];
      assert.ok(codes.includes(error.code), `${error}`);
    }
  }));
});

Deno.test("run stores heartbeats every second, once more at its end, and outlasts trouble", async () => {
  using grid = new TemporaryGrid();
  const { id } = grid.addStar();
  const connection = grid.store.stars.noteHello(id, HELLO);
  const stop = new AbortController();
  const troubles: OrbitError[] = [];
  let isFull = false;
  const { flush } = grid.store;
  grid.store.flush = function () {
    if (isFull) throw new Error("disk full");
    flush.call(this);
  };
  const flushed = () => {
    using copy = new TemporaryFolder();
    for (const { name } of Deno.readDirSync(grid.folder.path)) {
      Deno.copyFileSync(join(grid.folder.path, name), join(copy.path, name));
    }
    using store = openGridStore(copy.path);
    return store.stars.byId(id)!.heartbeat?.cpuPercent;
  };
  const running = grid.store.run({
    signal: stop.signal,
    onTrouble: (error) => troubles.push(error),
  });
  grid.store.stars.noteHeartbeat(id, connection, heartbeat(1));
  await grid.clock.advance(999);
  assert.equal(flushed(), undefined);
  await grid.clock.advance(1);
  assert.equal(flushed(), 1);
  isFull = true;
  grid.store.stars.noteHeartbeat(id, connection, heartbeat(2));
  await grid.clock.advance(3000);
  assert.deepEqual([flushed(), troubles.length], [1, 3]);
  isFull = false;
  await grid.clock.advance(1000);
  assert.equal(flushed(), 2);
  grid.store.stars.noteHeartbeat(id, connection, heartbeat(3));
  stop.abort();
  await running;
  assert.equal(flushed(), 3);
});
