import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ManualClock } from "#core/clock.ts";
import { handler, newItems, TemporaryFolder, TemporaryStore } from "./fixture.ts";
import { APPLICATION_ID, MIGRATIONS } from "./migrations.ts";
import { type JobId, type JobState, type JobStore, openJobStore, runJob } from "./mod.ts";

const JOB = { kind: "test", label: "a test", spec: { n: 1 }, steps: [{ name: "one" }] };

Deno.test("openJobStore makes a private folder and database", () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, "deep", "store");
  openJobStore(path)[Symbol.dispose]();
  assert.equal(Deno.statSync(path).mode! & 0o777, 0o700);
  assert.equal(Deno.statSync(join(path, "jobs.db")).mode! & 0o777, 0o600);
});

Deno.test("openJobStore refuses a second owner with conflict, until the first has closed", () => {
  using folder = new TemporaryFolder();
  const first = openJobStore(folder.path);
  assert.throws(() => openJobStore(folder.path), (error: Error & { code: string }) => {
    assert.equal(error.code, "conflict");
    assert.ok(error.message.includes(folder.path));
    return true;
  });
  first.createJob(JOB);
  first[Symbol.dispose]();
  using second = openJobStore(folder.path);
  assert.equal(second.jobs().length, 1);
});

Deno.test("openJobStore refuses a second owner in another process", async () => {
  using folder = new TemporaryFolder();
  using _first = openJobStore(folder.path);
  const code = `import { openJobStore } from ${
    JSON.stringify(new URL("./mod.ts", import.meta.url))
  };
    try { openJobStore(${
    JSON.stringify(folder.path)
  }); } catch (error) { console.log(error.code); }`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "-"],
    stdin: "piped",
    stdout: "piped",
  })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const { stdout } = await child.output();
  assert.equal(new TextDecoder().decode(stdout).trim(), "conflict");
});

Deno.test("openJobStore throws conflict when a file is where its folder should be", () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, "file");
  Deno.writeTextFileSync(path, "");
  assert.throws(() => openJobStore(path), { code: "conflict" });
  assert.throws(() => openJobStore(join(path, "deeper")), { code: "conflict" });
});

/** A store with a thousand items, closed. */
async function filledStore(folder: string): Promise<JobId> {
  using store = openJobStore(folder);
  const id = store.createJob(JOB);
  const keys = Array.from({ length: 1000 }, (_, i) => `file ${i} ${"x".repeat(50)}`);
  await runJob(store, id, {
    steps: {
      one: handler({
        produce: () => [newItems(...keys)],
        batch: { maxItems: 100, maxWeight: 1e9 },
      }),
    },
  });
  return id;
}

const damages: [string, (path: string) => void][] = [
  ["cut short", (path) => Deno.truncateSync(path, 20_000)],
  ["cut to less than a header", (path) => Deno.truncateSync(path, 50)],
  ["overwritten at its start", (path) => overwrite(path, 0, 4096)],
  ["overwritten in its middle", (path) => overwrite(path, 3 * 4096, 10 * 4096)],
  ["another kind of file", (path) => Deno.writeTextFileSync(path, "hello ".repeat(2000))],
];
for (const [what, damage] of damages) {
  Deno.test(`openJobStore throws corrupt, with what to do, for a database ${what}`, async () => {
    using folder = new TemporaryFolder();
    await filledStore(folder.path);
    damage(join(folder.path, "jobs.db"));
    assert.throws(() => openJobStore(folder.path), { code: "corrupt", message: /move it/ });
  });
}

function overwrite(path: string, from: number, to: number): void {
  using file = Deno.openSync(path, { write: true });
  file.seekSync(from, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(to - from).fill(0xa5));
}

Deno.test("openJobStore refuses a newer version and other programs' databases", () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, "jobs.db");
  openJobStore(folder.path)[Symbol.dispose]();
  alter(path, `PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  assert.throws(() => openJobStore(folder.path), { code: "conflict", message: /newer/ });
  alter(path, "PRAGMA application_id = 7");
  assert.throws(() => openJobStore(folder.path), { code: "conflict", message: /another program/ });
  Deno.removeSync(path);
  alter(path, "CREATE TABLE theirs (a)");
  assert.throws(() => openJobStore(folder.path), { code: "conflict", message: /another program/ });
});

function alter(path: string, sql: string): void {
  using database = new DatabaseSync(path);
  database.exec(sql);
}

Deno.test("openJobStore migrates a database of version 1, whose interrupted job then runs", async () => {
  using folder = new TemporaryFolder();
  alter(
    join(folder.path, "jobs.db"),
    `${MIGRATIONS[0]};
     PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1;
     INSERT INTO job (id, kind, label, spec, state, attempt, created_ms)
       VALUES ('0123456789ab', 'test', '"old"', '{"n":1}', 'running', 1, 5);
     INSERT INTO step (id, job_id, name, after, produced) VALUES (1, '0123456789ab', 'one', '[]', 1);
     INSERT INTO item (step_id, key, payload, weight, priority, state, attempt)
       VALUES (1, CAST('a' AS BLOB), '"p"', 3, 0, 2, 1), (1, CAST('b' AS BLOB), '"q"', 4, 0, 0, 1);`,
  );
  using store = openJobStore(folder.path);
  const id = "0123456789ab" as JobId;
  assert.deepEqual(store.recovered, [id]);
  const job = store.job(id);
  assert.equal(job.state, "interrupted");
  assert.equal(job.priority, 0);
  assert.equal(job.sourceStarId, undefined);
  const seen: unknown[] = [];
  const outcome = await runJob(store, id, {
    steps: {
      one: handler({
        process: (items) => {
          seen.push(...items.map((item) => item.payload));
          return Promise.resolve(items.map(({ key }) => ({ key, state: "done" })));
        },
      }),
    },
  });
  assert.equal(outcome.state, "succeeded");
  assert.deepEqual(seen, ["q"]);
  assert.deepEqual(outcome.steps.one.done, { items: 2, weight: 7 });
});

Deno.test("createJob keeps every fact, and odd file names in them", () => {
  using folder = new TemporaryFolder();
  const label = "caf\u00e9 \udc80 \ud800 \0 \n end";
  const spec = { path: "\udcff", list: [1, null, { a: true }] };
  let id: JobId;
  {
    using store = openJobStore(folder.path);
    const steps = [{ name: "late", after: ["early"] }, { name: "early" }];
    const stars = { sourceStarId: "star-a", destStarId: "star-b" };
    id = store.createJob({ kind: "test", label, spec, steps, priority: -3, ...stars });
  }
  using store = openJobStore(folder.path);
  const job = store.job(id);
  assert.equal(job.label, label);
  assert.deepEqual(job.spec, spec);
  assert.deepEqual([job.priority, job.sourceStarId, job.destStarId], [-3, "star-a", "star-b"]);
  assert.deepEqual(job.steps.map((step) => step.name), ["early", "late"]);
});

Deno.test("createJob refuses what it can't keep and leaves nothing behind", () => {
  using temporary = new TemporaryStore();
  const { store } = temporary;
  const bad = [
    { ...JOB, spec: undefined },
    { ...JOB, spec: 1n },
    { ...JOB, kind: "No Good" },
    { ...JOB, priority: 0.5 },
    { ...JOB, steps: [{ name: "a", after: ["a"] }] },
  ];
  for (const job of bad) assert.throws(() => store.createJob(job), { code: "invalid" });
  assert.deepEqual(store.jobs(), []);
});

Deno.test("jobs lists newest first, by state and kind, page by page", () => {
  using temporary = new TemporaryStore();
  const { store } = temporary;
  const ids = Array.from({ length: 5 }, (_, i) => store.createJob({ ...JOB, kind: `k${i % 2}` }));
  store.cancel(ids[1]);
  const list = (filter: Parameters<JobStore["jobs"]>[0]) => store.jobs(filter).map((job) => job.id);
  assert.deepEqual(list({}), [...ids].reverse());
  assert.deepEqual(list({ limit: 2, before: ids[3] }), [ids[2], ids[1]]);
  assert.deepEqual(list({ states: ["cancelled"] }), [ids[1]]);
  assert.deepEqual(list({ kind: "k1", states: ["pending", "paused"] }), [ids[3]]);
  assert.throws(() => store.job("000000000000" as JobId), { code: "not_found" });
});

const moves: [JobState, "pause" | "resume" | "cancel", JobState | "conflict"][] = [
  ["pending", "pause", "paused"],
  ["pending", "resume", "conflict"],
  ["pending", "cancel", "cancelled"],
  ["paused", "pause", "conflict"],
  ["paused", "resume", "pending"],
  ["paused", "cancel", "cancelled"],
  ["interrupted", "pause", "paused"],
  ["interrupted", "resume", "pending"],
  ["interrupted", "cancel", "cancelled"],
  ...(["succeeded", "partial", "failed", "cancelled"] as const).flatMap((state) =>
    (["pause", "resume", "cancel"] as const).map((
      action,
    ): [JobState, "pause" | "resume" | "cancel", "conflict"] => [state, action, "conflict"])
  ),
];
for (const [from, action, to] of moves) {
  Deno.test(`${action} of a job that is ${from}: ${to}`, async () => {
    using temporary = new TemporaryStore();
    const { store } = temporary;
    const id = await jobInState(store, from);
    if (to === "conflict") assert.throws(() => store[action](id), { code: "conflict" });
    else store[action](id);
    assert.equal(store.job(id).state, to === "conflict" ? from : to);
  });
}

async function jobInState(store: JobStore, state: JobState): Promise<JobId> {
  const id = store.createJob(JOB);
  if (state === "paused") store.pause(id);
  if (state === "cancelled") store.cancel(id);
  const error = { code: "internal" as const, message: "no", detail: {} };
  const steps = {
    one: handler({
      produce: () => {
        if (state === "failed") throw new Error("no");
        return [newItems("a")];
      },
      process: (items) =>
        Promise.resolve(
          items.map(({ key }) =>
            state === "partial" ? { key, state: "failed", error } : { key, state: "done" }
          ),
        ),
    }),
  };
  const signal = state === "interrupted" ? AbortSignal.abort() : undefined;
  if (!["pending", "paused", "cancelled"].includes(state)) {
    await runJob(store, id, { steps, signal });
  }
  assert.equal(store.job(id).state, state);
  return id;
}

Deno.test("prune forgets old finished jobs with their items, but keeps the newest", async () => {
  using folder = new TemporaryFolder();
  const clock = new ManualClock();
  using store = openJobStore(folder.path, { clock });
  const ids: JobId[] = [];
  for (let i = 0; i < 4; i++) {
    ids.push(await jobInState(store, "succeeded"));
    await clock.advance(1000);
  }
  const open = store.createJob(JOB);
  assert.equal(store.prune({ olderThanMs: 2500, keep: 0 }), 2);
  assert.deepEqual(store.jobs().map((job) => job.id), [open, ids[3], ids[2]]);
  assert.equal(store.prune({ olderThanMs: 0, keep: 1 }), 1);
  assert.deepEqual(store.jobs().map((job) => job.id), [open, ids[3]]);
  assert.equal(store.items(ids[3], { limit: 10 }).length, 1);
});

Deno.test("a closed store refuses to write, and what it had is there for the next owner", () => {
  using folder = new TemporaryFolder();
  const first = openJobStore(folder.path);
  const id = first.createJob(JOB);
  first[Symbol.dispose]();
  assert.throws(() => first.createJob(JOB));
  using second = openJobStore(folder.path);
  assert.deepEqual(second.jobs().map((job) => job.id), [id]);
});

Deno.test("tallies of a job add up over attempts and survive its store; states are counted", () => {
  using folder = new TemporaryFolder();
  let id: JobId;
  {
    using store = openJobStore(folder.path);
    id = store.createJob(JOB);
    store.cancel(store.createJob(JOB));
    assert.deepEqual(store.job(id).tallies, {});
    store.tally(id, { bytes: 5, other: 1 });
  }
  using store = openJobStore(folder.path);
  store.tally(id, { bytes: 2 ** 40 });
  assert.deepEqual(store.job(id).tallies, { bytes: 2 ** 40 + 5, other: 1 });
  assert.deepEqual(store.countsByState(), { pending: 1, cancelled: 1 });
  assert.throws(() => store.tally("000000000000" as JobId, { bytes: 1 }), { code: "not_found" });
});
