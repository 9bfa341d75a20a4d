import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { DEFAULT_RETRY } from "#core/retry.ts";
import { Database } from "#core/sqlite/mod.ts";
import { copyStore, done, handler, newItems, TemporaryFolder, TemporaryStore } from "./fixture.ts";
import { sizeItem } from "./item.ts";
import { ItemTable } from "./item_table.ts";
import { JOB_DATABASE } from "./migrations.ts";
import {
  type ClaimedItem,
  type Item,
  type ItemOutcome,
  type JobId,
  type JobStore,
  openJobStore,
  runJob,
  type StepHandler,
} from "./mod.ts";

const BUSY = { code: "unavailable" as const, message: "busy", detail: { retryable: true } };

/** A step of distinct keys that plans anew. */
function distinct(parts: Partial<StepHandler>): StepHandler {
  return handler({ replan: true, distinct: true, ...parts });
}

function createJob(store: JobStore): JobId {
  return store.createJob({ kind: "test", label: "", spec: null, steps: [{ name: "one" }] });
}

function states(items: readonly Item[]): Record<string, string> {
  return Object.fromEntries(items.map(({ key, state }) => [key, state]));
}

/** Runs a job of a, b and c; what is on disk a while after b was claimed. */
async function leftAtWork(parts: Partial<StepHandler>): Promise<Record<string, string>> {
  using folder = new TemporaryFolder();
  const there = `${folder.path}/there`, copy = `${folder.path}/copy`;
  const clock = new ManualClock();
  using store = openJobStore(there, { clock });
  const id = createJob(store);
  const atWork = Promise.withResolvers<void>(), goOn = Promise.withResolvers<void>();
  const one = distinct({
    ...parts,
    produce: () => [newItems("a", "b", "c")],
    process: async (items) => {
      if (items[0].key === "b") {
        atWork.resolve();
        await goOn.promise;
      }
      return done(items);
    },
  });
  const flush = { maxOutcomes: 1, maxDelayMs: 250 };
  const run = runJob(store, id, { steps: { one }, clock, flush });
  await atWork.promise;
  await clock.advance(flush.maxDelayMs);
  copyStore(there, copy);
  goOn.resolve();
  await run;
  assert.deepEqual(states(store.items(id, { limit: 9 })), { a: "done", b: "done", c: "done" });
  using died = openJobStore(copy);
  return states(died.items(id, { limit: 9 }));
}

Deno.test("of distinct items a crash leaves what was over, and what was at work if it can be recovered", async () => {
  assert.deepEqual(await leftAtWork({}), { a: "done" });
  const recover = async function* () {};
  assert.deepEqual(await leftAtWork({ recover }), { a: "done", b: "pending" });
});

Deno.test("distinct items are seen by whoever looks while they wait", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store);
  const looks: unknown[] = [];
  const one = distinct({
    produce: () => [newItems("a", "b", "c")],
    process: (items) => {
      const { pending, running, done: over } = store.counts(id).one;
      looks.push([over.items, running.items, pending.items]);
      if (items[0].key === "b") looks.push(states(store.items(id, { limit: 9 })));
      return Promise.resolve(done(items));
    },
  });
  await runJob(store, id, { steps: { one }, clock });
  const seen = { a: "done", b: "running", c: "pending" };
  assert.deepEqual(looks, [[0, 1, 2], [1, 1, 1], seen, [2, 1, 0]]);
});

Deno.test("distinct items keep what becomes of them, whatever that is", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store);
  const tries: ClaimedItem[] = [];
  const one = distinct({
    retry: { ...DEFAULT_RETRY, maxAttempts: 2 },
    produce: () => [newItems("done", "skipped", "failed", "result", "retried")],
    process: ([item], context) => {
      const { key, failures } = item;
      tries.push(item);
      context.checkpoint(key, "here");
      const outcomes: Record<string, ItemOutcome> = {
        done: { key, state: "done" },
        skipped: { key, state: "skipped", reason: "same" },
        failed: { key, state: "failed", error: { ...BUSY, detail: {} } },
        result: { key, state: "done", result: 5 },
        retried: failures > 0 ? { key, state: "done" } : { key, state: "failed", error: BUSY },
      };
      return Promise.resolve([outcomes[key]]);
    },
  });
  let isOver = false;
  const run = runJob(store, id, { steps: { one }, clock }).finally(() => isOver = true);
  while (!isOver) await clock.advance(100);
  assert.equal((await run).state, "partial");
  const items = store.items(id, { limit: 9 });
  assert.deepEqual(states(items), {
    ...{ done: "done", skipped: "skipped", failed: "failed", result: "done", retried: "done" },
  });
  const [, skipped, failed, result] = items;
  assert.deepEqual([skipped.reason, failed.error?.message, result.result], ["same", "busy", 5]);
  assert.deepEqual(tries.at(-1)?.key, "retried");
  assert.equal(tries.at(-1)?.checkpoint, "here");
});

Deno.test("distinct items that an interruption leaves wait in the store", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store);
  const stop = new AbortController();
  const one = distinct({
    produce: () => [newItems("a", "b", "c")],
    process: (items) => {
      if (items[0].key === "b") stop.abort();
      stop.signal.throwIfAborted();
      return Promise.resolve(done(items));
    },
  });
  await runJob(store, id, { steps: { one }, clock, signal: stop.signal });
  const left = { a: "done", b: "pending", c: "pending" };
  assert.deepEqual(states(store.items(id, { limit: 9 })), left);
  store.cancel(id);
  const cancelled = { a: "done", b: "skipped", c: "skipped" };
  assert.deepEqual(states(store.items(id, { limit: 9 })), cancelled);
});

Deno.test("distinct items that nobody looked at are in the store when it is closed", async () => {
  using folder = new TemporaryFolder();
  let id: JobId;
  {
    using store = openJobStore(folder.path);
    id = createJob(store);
    const claimed = Promise.withResolvers<void>();
    const one = distinct({
      produce: () => [newItems("a", "b")],
      process: () => (claimed.resolve(), new Promise(() => {})),
    });
    runJob(store, id, { steps: { one }, clock: new ManualClock() }).catch(() => {});
    await claimed.promise;
  }
  using store = openJobStore(folder.path);
  assert.deepEqual(states(store.items(id, { limit: 9 })), { a: "pending", b: "pending" });
});

Deno.test("a distinct item is written before what it brings forth", async () => {
  using folder = new TemporaryFolder();
  const there = `${folder.path}/there`, copy = `${folder.path}/copy`;
  using store = openJobStore(there);
  const id = createJob(store);
  const one = distinct({
    produce: () => [newItems("a")],
    process: (items, context) => {
      context.output("a", Uint8Array.of(1));
      store.tell(id, { report: "all that was written by now is committed" });
      copyStore(there, copy);
      return Promise.resolve(done(items));
    },
  });
  await runJob(store, id, { steps: { one } });
  using died = openJobStore(copy);
  assert.deepEqual(states(died.items(id, { limit: 9 })), { a: "pending" });
});

Deno.test("a key that comes while it is at work ends the run, and the next one takes it once", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store);
  const one = distinct({
    produce: () => [newItems("a", "b", "b", "c")],
    batch: { maxItems: 9, maxWeight: 9 },
  });
  await assert.rejects(runJob(store, id, { steps: { one }, clock }), /"b".* was to be given once/);
  assert.equal(store.job(id).state, "interrupted");
  assert.equal((await runJob(store, id, { steps: { one }, clock })).state, "succeeded");
  assert.deepEqual(store.counts(id).one.done.items, 3);
});

Deno.test("distinct items of two steps may have one key", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const steps = ["one", "two"].map((name) => ({ name }));
  const id = store.createJob({ kind: "test", label: "", spec: null, steps });
  const both = Promise.withResolvers<void>();
  let begun = 0;
  const step = () =>
    distinct({
      produce: () => [newItems("a", "b")],
      process: async (items) => {
        if (++begun === 2) both.resolve();
        await both.promise;
        return done(items);
      },
    });
  const outcome = await runJob(store, id, { steps: { one: step(), two: step() }, clock });
  assert.equal(outcome.state, "succeeded");
  const { one, two } = store.counts(id);
  assert.deepEqual([one.done.items, two.done.items], [2, 2]);
});

Deno.test("a key that comes again when it is done is processed again, and has one row", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store);
  const processed: string[] = [];
  const one = distinct({
    async *produce() {
      yield newItems("a");
      while (store.counts(id).one.done.items === 0) await Promise.resolve();
      yield newItems("a", "b");
    },
    process: (items) => {
      processed.push(...items.map(({ key }) => key));
      return Promise.resolve(done(items));
    },
  });
  assert.equal((await runJob(store, id, { steps: { one }, clock })).state, "succeeded");
  assert.deepEqual(processed, ["a", "a", "b"]);
  const byKey = store.items(id, { step: "one", byKey: true, limit: 9 });
  assert.deepEqual(byKey.map(({ key }) => key), ["a", "b"]);
});

Deno.test("ItemTable.forget drops items that aren't written", () => {
  using folder = new TemporaryFolder();
  using database = new Database(`${folder.path}/jobs.db`, JOB_DATABASE);
  const table = new ItemTable(database);
  table.insertLater(1, 1, newItems("a", "b").map(sizeItem));
  table.forget();
  assert.equal(table.counts(1).pending.items, 0);
});
