import assert from "node:assert/strict";
import fc from "fast-check";
import { Database } from "#core/sqlite/mod.ts";
import { done, handler, newItems, TemporaryFolder } from "./fixture.ts";
import { type NewItem, sizeItem } from "./item.ts";
import { ItemTable } from "./item_table.ts";
import { JOB_DATABASE } from "./migrations.ts";
import { type JobId, type JobStore, openJobStore, runJob, type StepHandler } from "./mod.ts";

const ODD: NewItem[] = [
  { key: "line\nbreak", payload: ["a", 1, ""], weight: 3, priority: 7 },
  { key: "not UTF-8: \udcff", payload: { "\u0000": null }, weight: 0, priority: -128 },
  { key: "", payload: [[], "\ud800"], weight: Number.MAX_SAFE_INTEGER },
];

/** A step of distinct keys that plans anew, many to a batch. */
function distinct(parts: Partial<StepHandler>): StepHandler {
  const batch = { maxItems: 10_000, maxWeight: Number.MAX_SAFE_INTEGER };
  return handler({ replan: true, distinct: true, batch, ...parts });
}

/** A store with a job of one step whose items are done, and what looks into its database. */
async function withDoneItems(
  items: readonly NewItem[],
  look: (store: JobStore, id: JobId, folder: string) => unknown,
): Promise<void> {
  using folder = new TemporaryFolder();
  const store = openJobStore(folder.path);
  const id = store.createJob({ kind: "test", label: "", spec: null, steps: [{ name: "one" }] });
  try {
    const one = distinct({ produce: () => [items] });
    assert.equal((await runJob(store, id, { steps: { one } })).state, "succeeded");
    await look(store, id, folder.path);
  } finally {
    store[Symbol.dispose]();
  }
}

/** A table with a job of one step, of number 1. */
function withTable(use: (table: ItemTable, database: Database) => void): void {
  using folder = new TemporaryFolder();
  using database = new Database(`${folder.path}/jobs.db`, JOB_DATABASE);
  const insert = "INSERT INTO job (id, kind, label, spec, state, created_ms) VALUES";
  database.prepare(`${insert} ('j', 'k', '""', '1', 'running', 1)`).write();
  database.prepare("INSERT INTO step (job_id, name, after) VALUES ('j', 's', '[]')").write();
  use(new ItemTable(database), database);
}

/** How many packs and rows a closed store has. */
function stored(folder: string): { packs: number; rows: number } {
  using database = new Database(`${folder}/jobs.db`, JOB_DATABASE);
  const count = (table: string) =>
    database.prepare(`SELECT count(*) AS count FROM ${table}`).first()!.count;
  return { packs: count("item_pack"), rows: count("item") };
}

Deno.test("packed items are counted as they are, and whole for whoever wants to see them", async () => {
  await withDoneItems(ODD, (store, id, folder) => {
    const weight = ODD.reduce((sum, item) => sum + item.weight, 0);
    assert.deepEqual(store.counts(id).one.done, { items: 3, weight });
    assert.deepEqual(store.items(id, { states: ["failed", "pending"], limit: 9 }), []);
    store[Symbol.dispose]();
    assert.deepEqual(stored(folder), { packs: 1, rows: 0 });
    using again = openJobStore(folder);
    const seen = again.items(id, { limit: 9 });
    const facts = ODD.map((item) => ({ priority: 0, ...item }));
    assert.deepEqual(
      seen.map(({ key, payload, weight, priority }) => ({ key, payload, weight, priority })),
      facts,
    );
    assert.ok(seen.every(({ state, attempt }) => state === "done" && attempt === 1));
    again[Symbol.dispose]();
    assert.deepEqual(stored(folder), { packs: 1, rows: 0 });
  });
});

Deno.test("many and large items go into packs of a bounded size, and come back in order", async () => {
  const keys = Array.from({ length: 3000 }, (_, i) => `${i}`);
  const text = "x".repeat(100_000);
  const items = keys.map((key, i) => ({ key, payload: i % 500 === 0 ? text : [i], weight: 1 }));
  await withDoneItems(items, (store, id) => {
    const pages: string[] = [];
    for (let after = 0;;) {
      const page = store.items(id, { states: ["done"], limit: 700, after });
      if (page.length === 0) break;
      pages.push(...page.map(({ key }) => key));
      after = page.at(-1)!.position;
    }
    assert.deepEqual(pages, keys);
    assert.equal(store.items(id, { limit: -1 }).length, 3000);
    assert.deepEqual(store.items(id, { limit: 0 }), []);
    const byKey = store.items(id, { step: "one", byKey: true, limit: 5 });
    assert.deepEqual(byKey.map(({ key }) => key), keys.toSorted().slice(0, 5));
    assert.equal(store.counts(id).one.done.items, 3000);
  });
  withTable((table, database) => {
    for (const { id } of table.insertLater(1, 1, items.map(sizeItem))) table.setDone(id);
    table.commit();
    const sizes = database.prepare("SELECT length(data) AS size FROM item_pack").all();
    assert.ok(sizes.length > 3 && sizes.every(({ size }) => size < 400_000), `${sizes.length}`);
  });
});

Deno.test("pages give packed items and others in one order, however they were done", () => {
  const shape = fc.record({
    order: fc.shuffledSubarray(Array.from({ length: 60 }, (_, i) => i), { minLength: 1 }),
    settled: fc.integer({ min: 1, max: 20 }),
    limit: fc.integer({ min: 1, max: 25 }),
    withResult: fc.integer({ min: 2, max: 9 }),
  });
  fc.assert(
    fc.property(shape, ({ order, settled, limit, withResult }) => {
      withTable((table) => {
        const keys = Array.from({ length: 60 }, (_, i) => `${i}`);
        const added = table.insertLater(1, 1, newItems(...keys).map(sizeItem));
        for (const [n, i] of order.entries()) {
          table.setDone(added[i].id, n % withResult === 0 ? n : undefined);
          if (n % settled === 0) table.settle();
        }
        for (const states of [undefined, ["done"]] as const) {
          const wanted = states === undefined ? keys : keys.filter((_, i) => order.includes(i));
          const seen: string[] = [];
          for (let after = 0;;) {
            const steps = new Map([[1, "s"]]), options = { states, limit, after, running: [] };
            const page = table.pages.byPosition(steps, options);
            if (page.length === 0) break;
            assert.ok(page.length <= limit);
            seen.push(...page.map(({ key }) => key));
            after = page[page.length - 1].position;
          }
          assert.deepEqual(seen, wanted);
        }
      });
    }),
    { numRuns: 60 },
  );
});

Deno.test("items that follow packed ones in another process have ids of their own", async () => {
  await withDoneItems(newItems("a", "b"), async (store, first, folder) => {
    store[Symbol.dispose]();
    using again = openJobStore(folder);
    const steps = [{ name: "one" }];
    const second = again.createJob({ kind: "test", label: "", spec: null, steps });
    const one = distinct({ produce: () => [newItems("a", "c")] });
    await runJob(again, second, { steps: { one } });
    const positions = [first, second].flatMap((id) => again.items(id, { limit: 9 }))
      .map(({ position, key }) => [position, key]);
    assert.deepEqual(positions, [[1, "a"], [2, "b"], [3, "a"], [4, "c"]]);
  });
});

Deno.test("a later attempt finds packed items by their keys", async () => {
  using folder = new TemporaryFolder();
  using store = openJobStore(folder.path);
  const steps = [{ name: "one" }];
  const id = store.createJob({ kind: "test", label: "", spec: null, steps });
  const stop = new AbortController();
  const interrupted = distinct({
    produce: () => [newItems("a", "b", "c")],
    batch: { maxItems: 2, maxWeight: 2 },
    process: (items) => {
      if (items[0].key === "c") stop.abort();
      stop.signal.throwIfAborted();
      return Promise.resolve(done(items));
    },
  });
  const { state } = await runJob(store, id, { steps: { one: interrupted }, signal: stop.signal });
  assert.equal(state, "interrupted");
  const processed: string[] = [];
  const one = distinct({
    produce: () => [newItems("b", "c", "d")],
    process: (items) => {
      processed.push(...items.map(({ key }) => key));
      return Promise.resolve(done(items));
    },
  });
  assert.equal((await runJob(store, id, { steps: { one } })).state, "succeeded");
  assert.deepEqual(processed.sort(), ["b", "c", "d"]);
  const attempts = store.items(id, { limit: 9 }).map(({ key, attempt }) => `${key}${attempt}`);
  assert.deepEqual(attempts.sort(), ["a1", "b2", "c2", "d2"]);
  assert.equal(store.counts(id).one.done.items, 4);
});

Deno.test("a step that is stopped while it unpacks produces nothing", async () => {
  using folder = new TemporaryFolder();
  using store = openJobStore(folder.path);
  const steps = [{ name: "one" }];
  const id = store.createJob({ kind: "test", label: "", spec: null, steps });
  const stop = new AbortController();
  const keys = Array.from({ length: 5000 }, (_, i) => `${i}`);
  const first = distinct({
    produce: () => [newItems(...keys)],
    batch: { maxItems: 4999, maxWeight: 9999 },
    process: (items) => {
      if (items.length === 1) stop.abort();
      stop.signal.throwIfAborted();
      return Promise.resolve(done(items));
    },
  });
  await runJob(store, id, { steps: { one: first }, signal: stop.signal });
  const calls: string[] = [];
  const again = new AbortController();
  const one = distinct({
    recover: async function* () {
      calls.push("recover");
      yield* [];
    },
    produce: () => {
      calls.push("produce");
      return [newItems(...keys)];
    },
  });
  const running = runJob(store, id, { steps: { one }, signal: again.signal });
  again.abort();
  assert.equal((await running).state, "interrupted");
  assert.deepEqual(calls, []);
  const { pending, done: over } = store.counts(id).one;
  assert.equal(pending.items + over.items + store.counts(id).one.stale.items, 5000);
  assert.equal((await runJob(store, id, { steps: { one } })).state, "succeeded");
  assert.equal(store.counts(id).one.done.items, 5000);
});

Deno.test("packed items go with their job", async () => {
  await withDoneItems(ODD, (store, _, folder) => {
    assert.equal(store.prune({ olderThanMs: -1, keep: 0 }), 1);
    store[Symbol.dispose]();
    assert.deepEqual(stored(folder), { packs: 0, rows: 0 });
  });
});

Deno.test("a pack that was damaged is told as such", async () => {
  await withDoneItems(ODD, (store, id, folder) => {
    store[Symbol.dispose]();
    {
      using database = new Database(`${folder}/jobs.db`, JOB_DATABASE);
      database.prepare("UPDATE item_pack SET data = '[[1,'").write();
    }
    using again = openJobStore(folder);
    assert.throws(() => again.items(id, { limit: 9 }), { code: "corrupt" });
    assert.equal(again.counts(id).one.done.items, 3);
  });
});

Deno.test("a job whose pack was damaged is not left running", async () => {
  await withDoneItems(ODD, async (store, done, folder) => {
    const steps = [{ name: "one" }];
    const id = store.createJob({ kind: "test", label: "", spec: null, steps });
    const stop = new AbortController();
    const one = distinct({
      produce: () => [newItems("a", "b")],
      batch: { maxItems: 1, maxWeight: 1 },
      process: ([{ key }]) => {
        if (key === "b") stop.abort();
        stop.signal.throwIfAborted();
        return Promise.resolve([{ key, state: "done" }]);
      },
    });
    await runJob(store, id, { steps: { one }, signal: stop.signal });
    store[Symbol.dispose]();
    {
      using database = new Database(`${folder}/jobs.db`, JOB_DATABASE);
      database.prepare("UPDATE item_pack SET data = '[[1,' WHERE items = 1").write();
    }
    using again = openJobStore(folder);
    const steps2 = { one: distinct({ produce: () => [newItems("a", "b")] }) };
    await assert.rejects(runJob(again, id, { steps: steps2 }), { code: "corrupt" });
    assert.equal(again.job(id).state, "interrupted");
    assert.equal(again.items(done, { limit: 9 }).length, 3);
    again.cancel(id);
  });
});

Deno.test("what can't be stored fails its step, packed or not", async () => {
  using folder = new TemporaryFolder();
  using store = openJobStore(folder.path);
  for (const bad of [{ payload: 1n }, { payload: [1n] }, { payload: [undefined], weight: -1 }]) {
    const steps = [{ name: "one" }];
    const id = store.createJob({ kind: "test", label: "", spec: null, steps });
    const item = { key: "a", weight: 1, ...bad };
    const { state, error } = await runJob(store, id, {
      steps: { one: distinct({ produce: () => [[item]] }) },
    });
    assert.deepEqual([state, error?.code], ["failed", "invalid"]);
  }
});
