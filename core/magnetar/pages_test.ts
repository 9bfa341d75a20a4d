import assert from "node:assert/strict";
import { NO_RETRY } from "#core/retry.ts";
import { DatabaseSync } from "node:sqlite";
import { list } from "./item_statements.ts";
import { createJobId } from "./job_id.ts";
import { type ItemFilter, type JobId, type JobStore, openJobStore, runJob } from "./mod.ts";

const LIMIT = 100;
/** Of jobs, one after the other; no multiples of 11. */
const COUNTS = [1049, 3049, 29];

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

/** All keys, by pages. */
function readAll(store: JobStore, id: JobId, filter: Partial<ItemFilter>): string[] {
  const keys: string[] = [];
  let after: number | undefined;
  for (;;) {
    const items = store.items(id, { step: "a", after, limit: LIMIT, ...filter });
    keys.push(...items.map(({ key }) => key));
    if (items.length < LIMIT) return keys;
    after = items.at(-1)!.position;
  }
}

/** How SQLite goes about a query on a store's database. */
function planOf(folder: string, sql: string): string[] {
  using database = new DatabaseSync(`${folder}/jobs.db`);
  return database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail));
}

Deno.test("pages give all items of their own job, in the order of production or of keys", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "orbit-test-" });
  try {
    {
      using store = openJobStore(folder);
      const jobs = [];
      for (const [i, count] of COUNTS.entries()) {
        jobs.push({ count, id: await addJob(store, i + 1, count) });
      }
      for (const { id, count } of jobs) {
        const expected = Array.from({ length: count }, (_, k) => `${k * 11 % count}`);
        assert.deepEqual(readAll(store, id, {}), expected);
        assert.deepEqual(readAll(store, id, { byKey: true }), expected.sort());
      }
    }
    using database = new DatabaseSync(`${folder}/jobs.db`);
    const bounds = database.prepare("SELECT items_below FROM job ORDER BY id").all();
    const ends = COUNTS.map((_, i) => COUNTS.slice(0, i + 1).reduce((sum, n) => sum + n, 1));
    assert.deepEqual(bounds.map(({ items_below }) => items_below), ends);
    // A page that goes on reads from where the last one ended to the end of its job, no further.
    const [look] = planOf(folder, list("+step_id"));
    assert.match(look, /^SEARCH item USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)$/);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
