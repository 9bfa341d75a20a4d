import assert from "node:assert/strict";
import fc from "fast-check";
import { OrbitError } from "#core/errors.ts";
import { DEFAULT_RETRY, NO_RETRY } from "#core/retry.ts";
import { done, handler, newItems, TemporaryStore } from "./fixture.ts";
import {
  type ClaimedItem,
  type ItemOutcome,
  type JobEvent,
  type JobId,
  type JobStore,
  type NewItem,
  runJob,
  type StepHandler,
} from "./mod.ts";

const BUSY = { code: "unavailable" as const, message: "busy", detail: { retryable: true } };
const BROKEN = { code: "internal" as const, message: "broken", detail: {} };

function createJob(store: JobStore, ...names: string[]): JobId {
  const steps = names.map((name, i) => ({ name, after: i === 0 ? [] : [names[i - 1]] }));
  return store.createJob({ kind: "test", label: "test", spec: null, steps });
}

const keysOf = (items: readonly ClaimedItem[]) => items.map((item) => item.key);

function states(store: JobStore, id: JobId): Record<string, string> {
  return Object.fromEntries(store.items(id, { limit: 1000 }).map((item) => [item.key, item.state]));
}

Deno.test("runJob claims by priority, then in the order of production, however small the window", async () => {
  const priorities = fc.array(fc.integer({ min: -2, max: 2 }), { maxLength: 60 });
  const windows = fc.integer({ min: 1, max: 9 });
  await fc.assert(
    fc.asyncProperty(priorities, windows, fc.boolean(), async (list, maxItems, distinct) => {
      using temporary = new TemporaryStore();
      const { store, clock } = temporary;
      const id = createJob(store, "one");
      const items = list.map((priority, i): NewItem => ({
        ...{ key: `${i}`, payload: i, weight: 1, priority },
      }));
      const claimed: string[] = [];
      const one = handler({
        replan: distinct,
        distinct,
        produce: () => [items],
        process: (batch) => {
          claimed.push(...keysOf(batch));
          return Promise.resolve(done(batch));
        },
      });
      const window = { maxItems, maxBytes: 1e6 };
      await runJob(store, id, { steps: { one }, clock, window });
      const expected = items.toSorted((a, b) => b.priority! - a.priority!).map((item) => item.key);
      assert.deepEqual(claimed, expected);
    }),
    { numRuns: 40 },
  );
});

Deno.test("runJob claims while production is going on, and urgent items as soon as they come", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const log: string[] = [];
  const firstDone = Promise.withResolvers<void>();
  const one = handler({
    async *produce() {
      yield newItems("a", "b", "c");
      await firstDone.promise;
      log.push("more");
      yield [{ key: "urgent", payload: 0, weight: 1, priority: 5 }];
    },
    process: async (items) => {
      log.push(...keysOf(items));
      if (items[0].key === "a") firstDone.resolve();
      if (items[0].key === "b") await new Promise((resolve) => setTimeout(resolve, 0));
      return done(items);
    },
  });
  await runJob(store, id, { steps: { one }, clock });
  assert.deepEqual(log, ["a", "b", "more", "urgent", "c"]);
});

Deno.test("runJob bounds batches by items and weight, and their number by concurrency", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const weights = [5, 5, 5, 100, 1, 1, 1, 1, 1];
  const batches: number[][] = [];
  let running = 0, most = 0;
  const one = handler({
    produce: () => [weights.map((weight, i) => ({ key: `${i}`, payload: null, weight }))],
    process: async (items) => {
      most = Math.max(most, ++running);
      batches.push(items.map((item) => item.weight));
      await Promise.resolve();
      running--;
      return done(items);
    },
    batch: { maxItems: 4, maxWeight: 10 },
    concurrency: 2,
  });
  await runJob(store, id, { steps: { one }, clock });
  assert.deepEqual(batches, [[5, 5], [5], [100], [1, 1, 1, 1], [1]]);
  assert.equal(most, 2);
});

Deno.test("runJob retries retryable failures after a delay without holding up others", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const startMs = clock.now();
  const seen: [string, number, number][] = [];
  const run = runJob(store, id, {
    steps: {
      one: handler({
        produce: () => [newItems("bad", "worse", "good")],
        process: ([item]) => {
          seen.push([item.key, item.failures, clock.now() - startMs]);
          const fails = item.key === "worse" || (item.key === "bad" && item.failures < 2);
          const outcome: ItemOutcome = fails
            ? { key: item.key, state: "failed", error: BUSY }
            : { key: item.key, state: "done" };
          return Promise.resolve([outcome]);
        },
        retry: { ...DEFAULT_RETRY, maxAttempts: 3 },
      }),
    },
    clock,
    random: () => 0.5,
  });
  await clock.advance(0);
  assert.deepEqual(states(store, id), { bad: "waiting", worse: "waiting", good: "done" });
  await clock.advance(5000);
  const outcome = await run;
  assert.deepEqual(seen, [
    ["bad", 0, 0],
    ["worse", 0, 0],
    ["good", 0, 0],
    ["bad", 1, 500],
    ["worse", 1, 500],
    ["bad", 2, 1250],
    ["worse", 2, 1250],
  ]);
  assert.equal(outcome.state, "partial");
  assert.equal(outcome.steps.one.retries, 4);
  assert.deepEqual(states(store, id), { bad: "done", worse: "failed", good: "done" });
  const [worse] = store.items(id, { states: ["failed"], limit: 9 });
  assert.deepEqual([worse.failures, worse.error], [3, BUSY]);
});

Deno.test("runJob runs steps in order and hands deferred items on", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "copy", "middle", "finish");
  const log: string[] = [];
  const outcome = await runJob(store, id, {
    clock,
    steps: {
      copy: handler({
        produce: () => [newItems("a", "b")],
        process: (items, context) => {
          log.push(...keysOf(items));
          context.defer("finish", [{ key: "dir", payload: keysOf(items), weight: 2 }]);
          return Promise.resolve(done(items));
        },
        finish: () => void log.push("copied"),
      }),
      middle: handler({ finish: () => void log.push("between") }),
      finish: handler({
        process: (items) => {
          log.push(...items.map((item) => `${item.key}:${item.payload}`));
          return Promise.resolve(done(items));
        },
      }),
    },
  });
  assert.deepEqual(log, ["a", "b", "copied", "between", "dir:b"]);
  assert.deepEqual(outcome.steps.finish.done, { items: 1, weight: 2 });
  assert.equal(outcome.state, "succeeded");
});

Deno.test("defer refuses steps that don't wait for the one that calls", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one", "two");
  const codes: string[] = [];
  const refuse = (target: string): StepHandler =>
    handler({
      produce: (context) => {
        try {
          context.defer(target, newItems("x"));
        } catch (error) {
          codes.push((error as OrbitError).code);
        }
        return [];
      },
    });
  await runJob(store, id, { steps: { one: refuse("one"), two: refuse("one") }, clock });
  assert.deepEqual(codes, ["invalid", "invalid"]);
});

Deno.test("runJob counts what a handler throws, forgets or makes up as failures of its items", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const outcome = await runJob(store, id, {
    clock,
    steps: {
      one: handler({
        produce: () => [newItems("throws", "forgets", "invents", "twice", "unstorable", "fine")],
        process: ([item]) => {
          const { key } = item;
          if (key === "throws") throw new OrbitError("denied", "not you");
          if (key === "forgets") return Promise.resolve([]);
          if (key === "invents") return Promise.resolve([{ key: "other", state: "done" }]);
          if (key === "twice") return Promise.resolve([...done([item]), ...done([item])]);
          if (key === "unstorable") return Promise.resolve([{ key, state: "done", result: 1n }]);
          return Promise.resolve(done([item]));
        },
      }),
    },
  });
  assert.equal(outcome.state, "partial");
  assert.deepEqual(states(store, id), {
    throws: "failed",
    forgets: "failed",
    invents: "failed",
    twice: "done",
    unstorable: "failed",
    fine: "done",
  });
  const failed = store.items(id, { states: ["failed"], limit: 9 });
  assert.deepEqual(failed.map((item) => item.error!.code), [
    ...["denied", "internal", "internal", "invalid"],
  ]);
});

Deno.test("runJob retries what a handler throws if the error says so", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const run = runJob(store, id, {
    clock,
    steps: {
      one: handler({
        produce: () => [newItems("a", "b")],
        process: (items) => {
          if (items[0].failures > 0) return Promise.resolve(done(items));
          throw new OrbitError("unavailable", "soon", { detail: { retryable: true } });
        },
        batch: { maxItems: 2, maxWeight: 9 },
        retry: DEFAULT_RETRY,
      }),
    },
  });
  await clock.advance(1000);
  assert.equal((await run).state, "succeeded");
});

Deno.test("runJob fails the job when production throws, and skips what was left", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one", "two");
  const gate = Promise.withResolvers<void>();
  const outcome = await runJob(store, id, {
    clock,
    steps: {
      one: handler({
        *produce() {
          yield newItems("a", "b");
          gate.resolve();
          throw new OrbitError("unavailable", "no more");
        },
        process: async (items) => {
          await gate.promise;
          return done(items);
        },
      }),
      two: handler({ produce: () => [newItems("never")] }),
    },
  });
  assert.equal(outcome.state, "failed");
  assert.equal(outcome.error?.message, "no more");
  const job = store.job(id);
  assert.deepEqual(job.steps.map((step) => step.state), ["failed", "skipped"]);
  assert.equal(job.error?.code, "unavailable");
  assert.deepEqual(states(store, id), { a: "done", b: "skipped" });
  await assert.rejects(runJob(store, id, { steps: { one: handler(), two: handler() }, clock }), {
    code: "conflict",
  });
});

const unfit: [string, NewItem][] = [
  ["a broken weight", { key: "x", payload: 1, weight: -1 }],
  ["a fraction of a byte", { key: "x", payload: 1, weight: 0.5 }],
  ["a wild priority", { key: "x", payload: 1, weight: 1, priority: 128 }],
  ["a payload without JSON", { key: "x", payload: undefined, weight: 1 }],
  ["a key that stands for no bytes", { key: "\ud800", payload: 1, weight: 1 }],
  ["a key that stands for another's bytes", { key: "\udcc3\udca9", payload: 1, weight: 1 }],
];
for (const [what, item] of unfit) {
  Deno.test(`runJob fails a step that produces ${what}`, async () => {
    using temporary = new TemporaryStore();
    const { store, clock } = temporary;
    const id = createJob(store, "one");
    const outcome = await runJob(store, id, {
      steps: { one: handler({ produce: () => [[item]] }) },
      clock,
    });
    assert.deepEqual([outcome.state, outcome.error?.code], ["failed", "invalid"]);
  });
}

Deno.test("runJob keeps keys and payloads as they are, whatever characters they have", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const keys = [
    "",
    "\0",
    "a\0b",
    "\udc80\udcff",
    "é",
    "e\u0301",
    "日本",
    "😀",
    "x".repeat(5000),
    "\n\x1b",
  ];
  const produce = () => [keys.map((key) => ({ key, payload: { key }, weight: 2 ** 40 }))];
  await runJob(store, id, { steps: { one: handler({ produce }) }, clock });
  const items = store.items(id, { limit: 100 });
  assert.deepEqual(items.map((item) => item.key), keys);
  assert.deepEqual(items.map((item) => item.payload), keys.map((key) => ({ key })));
  assert.ok(items.every((item) => item.state === "done" && item.weight === 2 ** 40));
});

Deno.test("pause lets running batches end, keeps the rest, and resume goes on with it", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const gate = Promise.withResolvers<void>();
  let productions = 0;
  const one = handler({
    produce: () => (productions++, [newItems("a", "b", "c")]),
    process: async (items, context) => {
      await gate.promise;
      assert.equal(context.signal.aborted, false);
      return done(items);
    },
  });
  const run = runJob(store, id, { steps: { one }, clock });
  await clock.advance(0);
  store.pause(id);
  assert.equal(store.job(id).state, "running");
  assert.deepEqual(states(store, id), { a: "running", b: "pending", c: "pending" });
  assert.deepEqual(store.counts(id).one.running, { items: 1, weight: 1 });
  assert.deepEqual(store.counts(id).one.pending, { items: 2, weight: 2 });
  gate.resolve();
  assert.equal((await run).state, "paused");
  assert.deepEqual(states(store, id), { a: "done", b: "pending", c: "pending" });
  await assert.rejects(runJob(store, id, { steps: { one }, clock }), { code: "conflict" });
  store.resume(id);
  const outcome = await runJob(store, id, { steps: { one }, clock });
  assert.deepEqual([outcome.state, outcome.attempt, productions], ["succeeded", 2, 1]);
  assert.deepEqual(outcome.steps.one.done, { items: 3, weight: 3 });
});

Deno.test("pause ends a production that waits", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const one = handler({
    async *produce({ signal }) {
      yield newItems("a");
      await clock.sleep(1e9, { signal });
    },
  });
  const run = runJob(store, id, { steps: { one }, clock });
  await clock.advance(0);
  store.pause(id);
  assert.equal((await run).state, "paused");
  assert.equal(store.job(id).steps[0].produced, false);
});

Deno.test("cancel aborts the handlers and leaves nothing open", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one", "two");
  const one = handler({
    produce: () => [newItems("a", "b")],
    process: async (_items, { signal }) => {
      await clock.sleep(1e9, { signal });
      return [];
    },
  });
  const run = runJob(store, id, { steps: { one, two: handler() }, clock });
  await clock.advance(0);
  store.cancel(id);
  const outcome = await run;
  assert.equal(outcome.state, "cancelled");
  assert.deepEqual(states(store, id), { a: "skipped", b: "skipped" });
  assert.deepEqual(store.job(id).steps.map((step) => step.state), ["skipped", "skipped"]);
});

Deno.test("a signal interrupts: what was reported counts, the rest runs again", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const controller = new AbortController();
  const processed: string[] = [];
  const one = handler({
    produce: () => [newItems("a", "b", "c")],
    async *process(items, { signal }) {
      for (const item of items) {
        processed.push(item.key);
        if (item.key === "b" && !controller.signal.aborted) {
          controller.abort(new Error("stop"));
          signal.throwIfAborted();
        }
        yield { key: item.key, state: "done" } as const;
      }
    },
    batch: { maxItems: 3, maxWeight: 9 },
  });
  const outcome = await runJob(store, id, { steps: { one }, clock, signal: controller.signal });
  assert.equal(outcome.state, "interrupted");
  assert.deepEqual(states(store, id), { a: "done", b: "pending", c: "pending" });
  assert.equal((await runJob(store, id, { steps: { one }, clock })).state, "succeeded");
  assert.deepEqual(processed, ["a", "b", "b", "c"]);
});

Deno.test("a handler that ignores the signal is left behind, and what it reports later is ignored", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one", "two");
  const controller = new AbortController();
  const late = Promise.withResolvers<ItemOutcome[]>();
  const two = handler();
  const events: JobEvent[] = [];
  const stubborn = handler({
    produce: () => [newItems("a")],
    process: (items, context) =>
      late.promise.then(() => {
        context.checkpoint("a", "too late");
        context.defer("two", newItems("x"));
        return done(items);
      }),
  });
  const run = runJob(store, id, {
    steps: { one: stubborn, two },
    clock,
    signal: controller.signal,
    onEvent: (event) => void events.push(event),
  });
  await clock.advance(0);
  controller.abort();
  await clock.advance(1000);
  assert.equal((await run).state, "interrupted");
  const before = events.length;
  late.resolve([]);
  await clock.advance(0);
  assert.equal(events.length, before);
  assert.deepEqual(states(store, id), { a: "pending" });
  assert.equal(store.items(id, { limit: 1 })[0].checkpoint, undefined);
  const outcome = await runJob(store, id, { steps: { one: handler(), two }, clock });
  assert.deepEqual([outcome.state, outcome.steps.two.produced.items], ["succeeded", 0]);
});

Deno.test("a checkpoint reaches the next claim of its item and goes when that is done", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const seen: unknown[] = [];
  const one = handler({
    replan: true,
    produce: () => [newItems("a")],
    process: ([item], context) => {
      seen.push(item.checkpoint);
      context.checkpoint("a", { at: seen.length });
      context.checkpoint("unknown", 1);
      if (seen.length < 3) {
        throw new OrbitError("unavailable", "x", { detail: { retryable: true } });
      }
      if (seen.length === 3) controller.abort();
      return Promise.resolve(seen.length === 3 ? [] : done([item]));
    },
    retry: { ...DEFAULT_RETRY, firstDelayMs: 10 },
  });
  const controller = new AbortController();
  const run = runJob(store, id, { steps: { one }, clock, signal: controller.signal });
  await clock.advance(100);
  assert.equal((await run).state, "interrupted");
  assert.equal((await runJob(store, id, { steps: { one }, clock })).state, "succeeded");
  assert.deepEqual(seen, [undefined, { at: 1 }, { at: 2 }, { at: 3 }]);
  assert.equal(store.items(id, { limit: 1 })[0].checkpoint, undefined);
});

Deno.test("a step that plans anew does again what it produces again, and skips the rest", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "scan", "after");
  const productions = [["a", "b", "c", "d"], ["d", "a", "b"]];
  const processed: string[] = [];
  const controller = new AbortController();
  const steps = {
    scan: handler({
      replan: true,
      produce: () => [newItems(...productions.shift()!)],
      process: (items) => {
        processed.push(...keysOf(items));
        if (items[0].key === "b" && !controller.signal.aborted) {
          controller.abort();
          return Promise.resolve([]);
        }
        return Promise.resolve(done(items));
      },
    }),
    after: handler(),
  };
  await runJob(store, id, { steps, clock, signal: controller.signal });
  const outcome = await runJob(store, id, { steps, clock });
  assert.deepEqual(processed, ["a", "b", "d", "a", "b"]);
  assert.deepEqual(states(store, id), { a: "done", b: "done", c: "skipped", d: "done" });
  const [skipped] = store.items(id, { states: ["skipped"], limit: 9 });
  assert.equal(skipped.reason, "no longer needed");
  assert.equal(outcome.state, "succeeded");
  assert.deepEqual(outcome.steps.scan.produced, { items: 4, weight: 4 });
});

Deno.test("a key produced twice in one attempt is one item", async () => {
  for (const replan of [false, true]) {
    using temporary = new TemporaryStore();
    const { store, clock } = temporary;
    const id = createJob(store, "one");
    const many = Array.from({ length: 100 }, (_, i) => `${i % 70}`);
    const processed: string[] = [];
    const one = handler({
      replan,
      produce: () => [newItems(...many), newItems(...many)],
      process: (items) => {
        processed.push(...keysOf(items));
        return Promise.resolve(done(items));
      },
    });
    const outcome = await runJob(store, id, { steps: { one }, clock });
    assert.deepEqual([outcome.state, outcome.steps.one.done.items], ["succeeded", 70]);
    assert.equal(processed.length, 70);
  }
});

Deno.test("runJob refuses a job that runs already, and a step without a handler", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const gate = Promise.withResolvers<void>();
  const one = handler({
    produce: () => [newItems("a")],
    process: (items) => gate.promise.then(() => done(items)),
  });
  await assert.rejects(runJob(store, id, { steps: {}, clock }), { code: "invalid" });
  const run = runJob(store, id, { steps: { one }, clock });
  await assert.rejects(runJob(store, id, { steps: { one }, clock }), { code: "conflict" });
  gate.resolve();
  assert.equal((await run).state, "succeeded");
});

Deno.test("runJob tells of every change of state and of progress, totals included", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const events: JobEvent[] = [];
  const outcomes = (items: readonly ClaimedItem[]): ItemOutcome[] => [
    { key: items[0].key, state: "done" },
    { key: items[1].key, state: "skipped", reason: "same" },
    { key: items[2].key, state: "failed", error: BROKEN },
  ];
  await runJob(store, id, {
    steps: {
      one: handler({
        produce: () => [newItems("a", "b", "c")],
        process: (items) => Promise.resolve(outcomes(items)),
        batch: { maxItems: 3, maxWeight: 9 },
      }),
    },
    clock,
    onEvent: (event) => void events.push(event),
  });
  const said = events.map((event) => event.type + ("state" in event ? ` ${event.state}` : ""));
  assert.deepEqual(said, [
    ...["job running", "step running", "produced", "outcomes", "step done", "job partial"],
  ]);
  const progress = events.flatMap((event) => event.type === "outcomes" ? [event.progress] : []);
  const one = { items: 1, weight: 1 };
  assert.deepEqual(progress, [
    { produced: { items: 3, weight: 3 }, done: one, failed: one, skipped: one, retries: 0 },
  ]);
});

Deno.test("runJob rejects with what an observer throws and leaves the job interrupted", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const one = handler({ produce: () => [newItems("a", "b")], retry: NO_RETRY });
  const onEvent = (event: JobEvent) => {
    if (event.type === "outcomes") throw new Error("observer");
  };
  await assert.rejects(runJob(store, id, { steps: { one }, clock, onEvent }), /observer/);
  assert.equal(store.job(id).state, "interrupted");
  assert.equal((await runJob(store, id, { steps: { one }, clock })).state, "succeeded");
});

Deno.test("a failing finish fails the job, and finish sees the counts", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(store, "one");
  const one = handler({
    produce: () => [newItems("a", "b")],
    finish: (context) => {
      throw new Error(`${context.counts().one.done.items} done`);
    },
  });
  const outcome = await runJob(store, id, { steps: { one }, clock });
  assert.deepEqual([outcome.state, outcome.error?.message], ["failed", "Error: 2 done"]);
});
