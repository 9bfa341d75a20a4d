import assert from "node:assert/strict";
import { NO_RETRY } from "#core/retry.ts";
import { createJobId } from "./job_id.ts";
import { type ItemFilter, type JobId, type JobStore, openJobStore, runJob } from "./mod.ts";

const LIMIT = 100, FEW = 1049, MANY = 30_047;

/** A job of that many items, produced in no order of their keys. */
async function addJob(store: JobStore, number: number, count: number): Promise<JobId> {
  const id = createJobId(number, () => 0.5);
  store.createJob({ id, kind: "test", label: "", spec: {}, steps: [{ name: "a", after: [] }] });
  const handler = {
    batch: { maxItems: 1000, maxWeight: 1 },
    concurrency: 1,
    retry: NO_RETRY,
    produce: () => [
      Array.from(
        { length: count },
        (_, k) => ({ key: `${k * 11 % count}`, payload: {}, weight: 0 }),
      ),
    ],
    process: (items: readonly { key: string }[]) =>
      Promise.resolve(items.map(({ key }) => ({ key, state: "done" as const }))),
  };
  await runJob(store, id, { steps: { a: handler } });
  return id;
}

/** All keys by pages, and how long the fastest of those behind the first took, in milliseconds. */
function readAll(store: JobStore, id: JobId, filter: Partial<ItemFilter>) {
  const keys: string[] = [];
  let fastest = Infinity, after: number | undefined;
  for (;;) {
    const from = performance.now();
    const items = store.items(id, { step: "a", after, limit: LIMIT, ...filter });
    const isEarly = keys.length > 0 && keys.length < FEW / 2;
    if (isEarly) fastest = Math.min(fastest, performance.now() - from);
    keys.push(...items.map(({ key }) => key));
    if (items.length < LIMIT) return { keys, fastest };
    after = items.at(-1)!.position;
  }
}

Deno.test("a page takes as long as it is long, however many items there are", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "orbit-test-" });
  try {
    using store = openJobStore(folder);
    const few = await addJob(store, 1, FEW), many = await addJob(store, 2, MANY);
    for (const byKey of [false, true]) {
      const small = readAll(store, few, { byKey }), large = readAll(store, many, { byKey });
      for (const [{ keys }, count] of [[small, FEW], [large, MANY]] as const) {
        const expected = Array.from({ length: count }, (_, k) => `${k * 11 % count}`);
        assert.deepEqual(keys, byKey ? expected.sort() : expected);
      }
      assert(large.fastest < small.fastest * 6, `${large.fastest} and ${small.fastest} ms`);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
