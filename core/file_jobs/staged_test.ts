import assert from "node:assert/strict";
import type { Job, JobId, JobStore } from "#core/magnetar/mod.ts";
import { defaultSyncOptions } from "#core/sync/mod.ts";
import type { Action, OrbitSystem } from "#core/system/system.ts";
import { stagedPath } from "#core/system/work/staging.ts";
import { clearStaged, mayLeaveStaged } from "./staged.ts";

const ORDER = {
  ...{ kind: "sync", source: { path: "/from/tree" }, destination: { path: "/to/dst" } },
  options: defaultSyncOptions(),
};
const JOB = { id: "aaaabbbbcccc" as JobId, attempt: 1, spec: ORDER } as Job;

Deno.test("mayLeaveStaged is false for jobs that stage nothing, or whose partial files are kept", () => {
  const withOptions = (options: object) => ({
    attempt: 1,
    spec: { ...ORDER, options: { ...ORDER.options, ...options } },
  });
  assert(mayLeaveStaged(JOB));
  assert(mayLeaveStaged(withOptions({ partial: {} })));
  assert(!mayLeaveStaged(withOptions({ partial: { directory: ".partial" } })));
  assert(!mayLeaveStaged(withOptions({ dryRun: true })));
  assert(!mayLeaveStaged({ ...JOB, attempt: 0 }));
  assert(!mayLeaveStaged({ attempt: 1, spec: { kind: "hash" } }));
});

Deno.test("clearStaged looks for large files that aren't done, wherever the destination's base is", async () => {
  const large = 64 << 20;
  const pages = [
    [{ position: 1, key: "sub/large", weight: large }, { position: 2, key: "small", weight: 9 }],
    [{ position: 3, key: "other", weight: large }],
  ];
  const asked: unknown[] = [];
  const store = {
    items(_: unknown, { step, after, states }: { step: string; after?: number; states: string[] }) {
      assert(!states.includes("done"));
      if (step !== "transfer") return [];
      return pages[after === undefined ? 0 : after === 2 ? 1 : 2] ?? [];
    },
  } as unknown as JobStore;
  const system = {
    perform(base: string, actions: Action[]) {
      for (const { kind, path } of actions) asked.push([base, kind, path]);
      return Promise.resolve([]);
    },
  } as unknown as OrbitSystem;
  await clearStaged(store, JOB, system);
  const [first, second] = ["sub/large", "other"].map((path) => stagedPath(path, "bbbbcccc"));
  assert(first.startsWith("sub/.orbit-bbbbcccc-"));
  const bases = ["/to/dst", "/to/dst/tree", "/to"];
  assert.deepEqual(asked, [
    ...bases.map((base) => [base, "delete", first]),
    ...bases.map((base) => [base, "delete", second]),
  ]);
});
