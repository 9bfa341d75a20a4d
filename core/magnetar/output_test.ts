import assert from "node:assert/strict";
import { DEFAULT_RETRY } from "#core/retry.ts";
import { handler, newItems, TemporaryStore } from "./fixture.ts";
import { type Output, runJob, type StepHandler } from "./mod.ts";

const BUSY = { code: "unavailable" as const, message: "busy", detail: { retryable: true } };
const text = (output: Output) => new TextDecoder().decode(output.data);
const bytes = (piece: string) => new TextEncoder().encode(piece);

function createJob({ store }: TemporaryStore) {
  const steps = [{ name: "one", after: [] }];
  return store.createJob({ kind: "test", label: "test", spec: null, steps });
}

/** Brings forth three pieces for an item, and fails in the middle as often as it is told. */
function threePieces(failures: number): StepHandler {
  return handler({
    produce: () => [newItems("a", "b")],
    retry: { ...DEFAULT_RETRY, firstDelayMs: 0, maxDelayMs: 0 },
    process: ([item], context) => {
      const name = `${item.key}${item.failures}`;
      context.output(item.key, bytes(`${name}-0`));
      if (item.failures < failures) {
        return Promise.resolve([{ key: item.key, state: "failed", error: BUSY }]);
      }
      context.output(item.key, bytes(`${name}-1`));
      context.output(item.key, bytes(`${name}-2`));
      return Promise.resolve([{ key: item.key, state: "done" }]);
    },
  });
}

Deno.test("outputs are those of the claim that succeeded, whole and in order, page by page", async () => {
  using temporary = new TemporaryStore();
  const { store } = temporary;
  const id = createJob(temporary);
  const outcome = await runJob(store, id, { steps: { one: threePieces(2) } });
  assert.equal(outcome.state, "succeeded");
  const all = store.outputs(id, { limit: 100 });
  const byItem = Map.groupBy(all, (output) => output.key);
  for (const key of ["a", "b"]) {
    assert.deepEqual(byItem.get(key)!.map(text), [`${key}2-0`, `${key}2-1`, `${key}2-2`]);
  }
  const paged: Output[] = [];
  while (paged.length < all.length) {
    const page = store.outputs(id, { step: "one", limit: 2, after: paged.at(-1) });
    assert.notEqual(page.length, 0);
    paged.push(...page);
  }
  assert.deepEqual(paged, all);
});

Deno.test("outputs of items that aren't done aren't shown, and go with their job", async () => {
  using temporary = new TemporaryStore();
  const { store } = temporary;
  const id = createJob(temporary);
  const outcome = await runJob(store, id, {
    steps: { one: { ...threePieces(1), retry: { ...DEFAULT_RETRY, maxAttempts: 1 } } },
  });
  assert.equal(outcome.state, "partial");
  assert.deepEqual(store.outputs(id, { limit: 100 }), []);
  assert.throws(() => store.outputs(id, { step: "two", limit: 1 }), { code: "not_found" });
  assert.equal(store.prune({ olderThanMs: -1, keep: 0 }), 1);
  assert.throws(() => store.outputs(id, { limit: 1 }), { code: "not_found" });
});

Deno.test("an item done anew without outputs has none left of an earlier attempt", async () => {
  using temporary = new TemporaryStore();
  const { store } = temporary;
  const id = createJob(temporary);
  const stop = new AbortController();
  const first = handler({
    produce: () => [newItems("a")],
    process: ([item], context) => {
      context.output(item.key, bytes("old"));
      stop.abort();
      return Promise.reject(new Error("stopped"));
    },
  });
  await runJob(store, id, { steps: { one: first }, signal: stop.signal });
  const outcome = await runJob(store, id, { steps: { one: handler() } });
  assert.equal(outcome.state, "succeeded");
  assert.deepEqual(store.outputs(id, { limit: 10 }), []);
});
