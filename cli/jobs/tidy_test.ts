import assert from "node:assert/strict";
import { createJobId, type JobId, openJobStore } from "#core/magnetar/mod.ts";
import { forgetOldJobs, removeJobFolder } from "./tidy.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2030, 0, 31);

/** Makes a job, ended (cancelled) at once or left pending. */
function addJob(root: string, atMs: number, { ended = true } = {}): JobId {
  const id = createJobId(atMs, () => 0);
  const clock = { now: () => atMs, elapsed: () => 0, sleep: () => Promise.resolve() };
  using store = openJobStore(`${root}/${id}`, { clock });
  store.createJob({ id, kind: "sync", label: "x", spec: {}, steps: [{ name: "copy" }] });
  if (ended) store.cancel(id);
  return id;
}

function idsIn(root: string): Set<string> {
  return new Set(Array.from(Deno.readDirSync(root), (entry) => entry.name));
}

Deno.test("forgetOldJobs forgets ended jobs that are old and not among the newest", () => {
  const root = Deno.makeTempDirSync();
  try {
    const old = addJob(root, NOW_MS - 40 * DAY_MS);
    const waiting = addJob(root, NOW_MS - 39 * DAY_MS, { ended: false });
    const recent = addJob(root, NOW_MS - 5 * DAY_MS);
    forgetOldJobs(root, NOW_MS, () => 0);
    assert(idsIn(root).has(old), "it is among the newest");
    for (let i = 0; i < 100; i++) {
      Deno.mkdirSync(`${root}/${createJobId(NOW_MS - i, () => 0.5)}`);
    }
    forgetOldJobs(root, NOW_MS, () => 0.999);
    const left = idsIn(root);
    assert.deepEqual([old, waiting, recent].map((id) => left.has(id)), [false, true, true]);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});

Deno.test("removeJobFolder is content when there is nothing to remove", () => {
  removeJobFolder("/nonexistent/job");
});
