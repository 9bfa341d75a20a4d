import assert from "node:assert/strict";
import { handler, newItems, TemporaryStore } from "./fixture.ts";
import { type LogPiece, runJob } from "./mod.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = ({ data }: LogPiece) => new TextDecoder().decode(data);

function createJob({ store }: TemporaryStore) {
  const steps = [{ name: "one", after: [] }];
  return store.createJob({ kind: "test", label: "test", spec: null, steps });
}

Deno.test("what jobs tell is kept in order, each job's for itself, page by page", () => {
  using temporary = new TemporaryStore();
  const { store } = temporary;
  const [a, b] = [createJob(temporary), createJob(temporary)];
  for (const piece of ["1", "2", "3"]) {
    store.tell(a, { piece: bytes(`a${piece}`) });
    store.tell(b, { piece: bytes(`b${piece}`), report: { piece } });
  }
  const first = store.told(a, { limit: 2 });
  const rest = store.told(a, { limit: 2, after: first.at(-1)!.position });
  assert.deepEqual([...first, ...rest].map(text), ["a1", "a2", "a3"]);
  assert.deepEqual(store.told(b, { limit: 9 }).map(text), ["b1", "b2", "b3"]);
  assert.deepEqual([store.job(a).report, store.job(b).report], [undefined, { piece: "3" }]);
  assert.throws(() => store.tell("000000000000" as never, {}), { code: "not_found" });
});

Deno.test("what a job told goes with it", async () => {
  using temporary = new TemporaryStore();
  const { store, clock } = temporary;
  const id = createJob(temporary);
  store.tell(id, { piece: bytes("told") });
  await runJob(store, id, { steps: { one: handler({ produce: () => [newItems("a")] }) }, clock });
  await clock.advance(10);
  assert.equal(store.prune({ olderThanMs: 5, keep: 0 }), 1);
  assert.deepEqual(store.told(id, { limit: 9 }), []);
});
