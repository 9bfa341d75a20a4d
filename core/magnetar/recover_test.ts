import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { handler, newItems, TemporaryStore } from "./fixture.ts";
import { type ClaimedItem, type JobId, type JobStore, type Recovered, runJob } from "./mod.ts";

function createJob(store: JobStore): JobId {
  return store.createJob({ kind: "test", label: "test", spec: null, steps: [{ name: "one" }] });
}

const states = (store: JobStore, id: JobId) =>
  Object.fromEntries(store.items(id, { limit: 100 }).map(({ key, state }) => [key, state]));

/** Runs a job until it is interrupted with one item done and the others at work. */
async function interrupted(store: JobStore, id: JobId, keys: string[]): Promise<void> {
  const stop = new AbortController();
  const one = handler({
    replan: true,
    distinct: true,
    concurrency: keys.length,
    recover: () => assert.fail("the first attempt has nothing to recover"),
    produce: () => [newItems(...keys)],
    process: async ([{ key }], { signal, checkpoint }) => {
      if (key === keys[0]) return [{ key, state: "done" }];
      checkpoint(key, { at: 1 });
      setTimeout(() => stop.abort());
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw signal.reason;
    },
  });
  const { state } = await runJob(store, id, { steps: { one }, signal: stop.signal });
  assert.equal(state, "interrupted");
}

Deno.test("recover makes items done that an earlier attempt left, before anything is produced", async () => {
  using temporary = new TemporaryStore();
  const { store } = temporary;
  const id = createJob(store);
  await interrupted(store, id, ["a", "b", "c", "d"]);
  const seen: Record<string, ClaimedItem | undefined> = {};
  const claimed: ClaimedItem[] = [];
  let hasProduced = false;
  const one = handler({
    replan: true,
    async *recover(_, find): AsyncGenerator<Recovered> {
      await Promise.resolve();
      assert.equal(hasProduced, false);
      for (const key of ["a", "b", "c", "x"]) seen[key] = find(key);
      yield { key: "a", state: "done" };
      yield { key: "b", state: "done", result: "moved" };
      yield { key: "b", checkpoint: "late" };
      yield { key: "c", checkpoint: { at: 2 } };
      yield { key: "x", state: "done" };
    },
    produce: () => (hasProduced = true, [newItems("c")]),
    process: (items) => {
      claimed.push(...items);
      return Promise.resolve(items.map(({ key }) => ({ key, state: "done" })));
    },
  });
  const outcome = await runJob(store, id, { steps: { one } });
  assert.equal(outcome.state, "succeeded");
  assert.deepEqual([seen.a, seen.x, seen.b?.checkpoint], [undefined, undefined, { at: 1 }]);
  assert.deepEqual(claimed.map(({ key, checkpoint }) => [key, checkpoint]), [["c", { at: 2 }]]);
  assert.deepEqual(states(store, id), { a: "done", b: "done", c: "done", d: "skipped" });
  const [b] = store.items(id, { limit: 100 }).filter(({ key }) => key === "b");
  assert.deepEqual([b.result, b.checkpoint], ["moved", undefined]);
  assert.deepEqual(outcome.steps.one.done, { items: 2, weight: 2 });
});

Deno.test("what was recovered as done is done anew when it is produced again", async () => {
  using temporary = new TemporaryStore();
  const { store } = temporary;
  const id = createJob(store);
  await interrupted(store, id, ["a", "b"]);
  let times = 0;
  const one = handler({
    replan: true,
    async *recover(): AsyncGenerator<Recovered> {
      yield await Promise.resolve({ key: "b", state: "done" });
    },
    produce: () => [newItems("b")],
    process: ([{ key }]) => (times++, Promise.resolve([{ key, state: "done" }])),
  });
  assert.equal((await runJob(store, id, { steps: { one } })).state, "succeeded");
  assert.equal(times, 1);
  assert.deepEqual(states(store, id), { a: "done", b: "done" });
});

Deno.test("a recovery that fails fails its step; one that is interrupted leaves the job to go on", async () => {
  using temporary = new TemporaryStore();
  const { store } = temporary;
  const id = createJob(store);
  await interrupted(store, id, ["a", "b"]);
  const stop = new AbortController();
  const waiting = handler({
    replan: true,
    // deno-lint-ignore require-yield
    async *recover({ signal }): AsyncGenerator<Recovered> {
      setTimeout(() => stop.abort());
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw signal.reason;
    },
    produce: () => assert.fail("nothing is produced"),
  });
  const outcome = await runJob(store, id, { steps: { one: waiting }, signal: stop.signal });
  assert.equal(outcome.state, "interrupted");
  const failing = handler({
    replan: true,
    // deno-lint-ignore require-yield
    async *recover(): AsyncGenerator<Recovered> {
      await Promise.reject(new OrbitError("internal", "lost"));
    },
    produce: () => assert.fail("nothing is produced"),
  });
  const failed = await runJob(store, id, { steps: { one: failing } });
  assert.deepEqual([failed.state, failed.error?.message], ["failed", "lost"]);
});
