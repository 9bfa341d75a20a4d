/** Databases that are in use, torn, newer, or on a disk without room. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { systemClock } from "#core/clock.ts";
import type { OrbitError } from "#core/errors.ts";
import { type FileOrder, SELECT_ALL } from "#core/file_jobs/mod.ts";
import { silentLogger } from "#core/log/mod.ts";
import { defaultNucleusConfig } from "../../../nucleus/config/mod.ts";
import { openNucleus } from "../../../nucleus/server.ts";
import { mountTmpfs } from "../../support/mount.ts";
import { TestNucleus } from "../nucleus_fixture.ts";
import { MemoryStar } from "../star_fixture.ts";
import { codeOf, over, RawStar, submit, until, within } from "./support.ts";

const DATABASES = ["grid.db", "jobs.db"];

/** Opens a second Nucleus on a folder, which is to be refused; with what. */
async function refusal(folder: string): Promise<OrbitError> {
  const config = defaultNucleusConfig();
  config.listen.address = { host: "127.0.0.1", port: 0 };
  const opening = openNucleus(
    { folder, config },
    { clock: systemClock, log: silentLogger },
    () => () => {},
  );
  const nucleus = await within(
    opening.catch((error) => error as OrbitError),
    "the Nucleus starts or refuses to",
  );
  if (nucleus instanceof Error) return nucleus;
  await nucleus[Symbol.asyncDispose]();
  throw new Error("it started");
}

Deno.test("a second Nucleus on a folder is refused, and the first goes on", async () => {
  await using test = await TestNucleus.start();
  const { code, message } = await refusal(test.folder);
  assert.equal(code, "conflict");
  assert.match(message, /another \S+ uses it/);
  await using _star = await RawStar.welcomed(await test.join());
});

const DAMAGE: [string, (path: string) => void, string, RegExp][] = [
  [
    "torn in half",
    (path) => {
      const { size } = Deno.statSync(path);
      Deno.truncateSync(path, Math.floor(size / 2));
    },
    "corrupt",
    /damaged/,
  ],
  [
    "overwritten with noise",
    (path) => {
      const bytes = new Uint8Array(Deno.statSync(path).size).map((_, i) => (i * 97) % 251);
      Deno.writeFileSync(path, bytes);
    },
    "corrupt",
    /damaged/,
  ],
  [
    "of a newer Orbit",
    (path) => {
      const database = new DatabaseSync(path);
      database.exec("PRAGMA user_version = 999");
      database.close();
    },
    "conflict",
    /newer Orbit .*; update Orbit/,
  ],
  [
    "another program's",
    (path) => {
      const database = new DatabaseSync(path);
      database.exec("PRAGMA application_id = 7");
      database.close();
    },
    "conflict",
    /another program/,
  ],
];

for (const name of DATABASES) {
  Deno.test(`a ${name} that is torn, newer or foreign is refused in words, and left alone`, async () => {
    await using test = await TestNucleus.start();
    await test.join();
    await test.stop();
    const path = join(test.folder, name);
    const good = Deno.readFileSync(path);
    for (const [what, damage, code, words] of DAMAGE) {
      damage(path);
      const damaged = Deno.readFileSync(path);
      const error = await refusal(test.folder);
      assert.equal(error.code, code, `${what}: ${error.message}`);
      assert.match(error.message, words);
      assert(error.message.includes(name));
      assert.deepEqual(Deno.readFileSync(path), damaged, `${what}: left alone`);
      Deno.writeFileSync(path, good);
    }
    await test.start();
    assert.equal(test.nucleus.parts.store.stars.list().length, 1);
  });
}

const SMALL = { sizeBytes: 8 << 20 };
const canMount = (() => {
  using mounted = mountTmpfs(SMALL);
  return mounted !== null;
})();

Deno.test("an authority that is torn is refused in words, with what to do", async () => {
  await using test = await TestNucleus.start();
  await using other = await TestNucleus.start();
  await test.stop();
  const damages: [string, Uint8Array][] = [
    ["authority.crt", new Uint8Array(100)],
    ["authority.crt", Deno.readFileSync(join(other.folder, "authority.crt"))],
    ["authority.key", new Uint8Array()],
    ["authority.key", Deno.readFileSync(join(test.folder, "authority.key")).slice(0, 99)],
  ];
  for (const [name, content] of damages) {
    const path = join(test.folder, name);
    const good = Deno.readFileSync(path);
    Deno.writeFileSync(path, content);
    const { code, message } = await refusal(test.folder);
    assert(["corrupt", "invalid"].includes(code), message);
    assert(message.includes(test.folder), message);
    Deno.writeFileSync(path, good);
  }
  await test.start();
});

/** Leaves no room on a small disk; what gives it back. */
function fill(mount: string): () => void {
  const path = join(mount, "filler");
  const piece = new Uint8Array(4096).fill(1);
  using file = Deno.openSync(path, { write: true, create: true });
  try {
    for (;;) file.writeSync(piece);
  } catch {
    return () => Deno.removeSync(path);
  }
}

Deno.test("without room on the disk the Nucleus says so, refuses what it can't keep, and goes on", {
  ignore: !canMount,
}, async () => {
  using disk = mountTmpfs(SMALL)!;
  await using test = await TestNucleus.start({ dir: disk.path });
  const joined = await test.join();
  const { starId } = joined.identity;
  const files = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`f${i}`, `${i}`]));
  const star = await MemoryStar.connect(joined, files);
  await using _ = star;
  await within(star.heard("welcome"), "welcome");
  const order: FileOrder = { kind: "hash", at: { starId, path: "/data" }, ...SELECT_ALL };
  const { dispatcher, parts } = test.nucleus;
  const token = test.createToken();
  const running = submit(test, order);
  const giveBack = fill(disk.path);

  star.say({ case: "heartbeat", value: { sequence: 1n } });
  await within(star.heard("heartbeatAck"), "heartbeats are taken");
  await until(() => test.log.lines.some((line) => line.includes("can't be written")), "it says so");
  await until(() => test.log.lines.some((line) => line.includes("job stopped")), "the job stops");
  assert.throws(() => submit(test, order), { code: "exhausted" });
  assert.equal(await codeOf(test.join(token)), "unavailable");
  assert.throws(() => parts.adoption.rename(starId, "other", { kind: "cli" }), {
    code: "exhausted",
  });
  assert.equal(parts.store.stars.byId(starId)!.status, "online");

  giveBack();
  assert.equal((await over(test, running)).state, "succeeded");
  assert.equal(parts.jobs.items(running, { limit: 5000 }).length, 3000);
  await until(() => dispatcher.running === 0, "nothing runs");
  const after = submit(test, order);
  assert.equal((await over(test, after)).state, "succeeded");
  assert.equal(await codeOf(test.join(token)), "");
  assert.equal(parts.adoption.rename(starId, "other", { kind: "cli" }).name, "other");
  await test.stop();
  await test.start();
  assert.equal(test.nucleus.parts.store.stars.list().length, 2);
  assert.equal(test.nucleus.parts.store.audit.verifyAudit().ok, true);
});
