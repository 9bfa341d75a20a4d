import assert from "node:assert/strict";
import { createJobId, type JobStore, openJobStore, runJob } from "#core/magnetar/mod.ts";
import { NO_RETRY } from "#core/retry.ts";
import { readManifest } from "./manifest.ts";
import { syncStepGraph } from "./steps.ts";

const HASH = "0".repeat(64);

/** A job whose attempts each have the manifest step hash the given paths; all but the last break. */
async function recorded(
  store: JobStore,
  { removeSource }: { removeSource?: "all" },
  ...attempts: string[][]
) {
  const id = createJobId(0, () => 0.5);
  const steps = syncStepGraph({ removeSource });
  store.createJob({ id, kind: "sync", label: "test", spec: {}, steps });
  for (const [index, paths] of attempts.entries()) {
    const broken = new AbortController();
    const handler = (name: string) => ({
      batch: { maxItems: 1, maxWeight: 1 },
      concurrency: 1,
      retry: NO_RETRY,
      replan: true,
      produce: () =>
        name === "manifest" ? [paths.map((key) => ({ key, payload: {}, weight: 0 }))] : [],
      process(items: readonly { key: string }[]) {
        const [{ key }] = items;
        const isLast = key === paths.at(-1) && index < attempts.length - 1;
        if (isLast) broken.abort(new DOMException("dies", "AbortError"));
        if (isLast) return Promise.reject(broken.signal.reason);
        return Promise.resolve([
          { key, state: "done" as const, result: { hash: HASH, size: index } },
        ]);
      },
    });
    await runJob(store, id, {
      steps: Object.fromEntries(steps.map(({ name }) => [name, handler(name)])),
      signal: broken.signal,
    });
  }
  return id;
}

async function withStore(act: (store: JobStore) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "orbit-test-" });
  try {
    using store = openJobStore(folder);
    await act(store);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("readManifest gives every file of the last attempt by name, page by page", () =>
  withStore(async (store) => {
    const id = await recorded(store, {}, ["gone", "a", "never"], [
      "c\udcff",
      "a/b",
      "a",
      "a.b",
      "é",
    ]);
    assert.equal(store.job(id).attempt, 2);
    const files: unknown[] = [];
    let after: number | undefined;
    do {
      const page = readManifest(store, id, { after, limit: 2 });
      files.push(...page.files);
      after = page.next;
    } while (after !== undefined);
    const inOrder = ["a", "a.b", "a/b", "c\udcff", "é"];
    assert.deepEqual(files, inOrder.map((path) => ({ path, hash: HASH, size: 1 })));
  }));

Deno.test("readManifest keeps what a move has taken from the source before it was interrupted", () =>
  withStore(async (store) => {
    const id = await recorded(store, { removeSource: "all" }, ["moved", "a", "b"], ["a", "b"]);
    const { files } = readManifest(store, id, { limit: 9 });
    assert.deepEqual(files.map(({ path }) => path).sort(), ["a", "b", "moved"]);
  }));
