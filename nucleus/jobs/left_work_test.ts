import assert from "node:assert/strict";
import { systemClock } from "#core/clock.ts";
import type { SystemSource } from "#core/file_jobs/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { Job, JobStore } from "#core/magnetar/mod.ts";
import type { OrbitSystem, WorkClaim } from "#core/system/mod.ts";
import { LeftWork } from "./left_work.ts";

/** A store of one job, which has no items. */
function storeOf(job: Job) {
  const tallies: Record<string, number> = {};
  const store = {
    jobs: () => [{ ...job, tallies }],
    items: () => [],
    tally(_: unknown, amounts: Record<string, number>) {
      for (const [name, more] of Object.entries(amounts)) {
        tallies[name] = (tallies[name] ?? 0) + more;
      }
    },
  } as unknown as JobStore;
  return { store, tallies };
}

const jobOf = (change: object) => ({
  ...{
    id: "jjjjjjjj",
    attempt: 2,
    destStarId: "star",
    spec: { kind: "sync", source: { path: "/a" }, destination: { path: "/b" } },
  },
  ...change,
} as unknown as Job);

Deno.test("LeftWork tells the Star of a cancelled job, as often as that needs", async () => {
  const told: WorkClaim[] = [];
  const over = Promise.withResolvers<void>();
  const endWork = (claim: WorkClaim) => {
    if (told.push(claim) === 3) return Promise.resolve(over.resolve());
    return Promise.reject(new OrbitError("unavailable", "away", { detail: { retryable: true } }));
  };
  const scopes: unknown[] = [];
  const systems: SystemSource = {
    open: (starId, _, use) => {
      scopes.push(use?.scope);
      return Promise.resolve({ name: starId, endWork } as unknown as OrbitSystem);
    },
  };
  const clock = { ...systemClock, sleep: () => Promise.resolve() };
  const { store, tallies } = storeOf(jobOf({}));
  await using left = new LeftWork({ store, systems, clock });
  left.end(jobOf({ spec: { ...jobOf({}).spec as object, scope: ["/b"] } }));
  assert.deepEqual(tallies, { left_work: 1 });
  await over.promise;
  assert.deepEqual(scopes, [["/b"], ["/b"], ["/b"]]);
  assert.deepEqual(told, Array(3).fill({ job: "jjjjjjjj", fence: 2 }));
  while (tallies.left_work > 0) await Promise.resolve();
  left.takeUp();
  assert.equal(told.length, 3, "nothing is left to another process");
});

Deno.test("LeftWork asks nobody for jobs that left nothing, and waits for no Star at its end", async () => {
  const asked: (string | undefined)[] = [];
  const systems: SystemSource = {
    open(starId, signal) {
      asked.push(starId);
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    },
  };
  const { store, tallies } = storeOf(jobOf({}));
  const left = new LeftWork({ store, systems, clock: systemClock });
  left.end(jobOf({ attempt: 0 }));
  left.end(jobOf({ spec: { kind: "hash" } }));
  assert.deepEqual(asked, []);
  left.end(jobOf({}));
  assert.deepEqual(asked, ["star"]);
  await left[Symbol.asyncDispose]();
  assert.deepEqual(tallies, { left_work: 1 });
  const next = new LeftWork({ store, systems, clock: systemClock });
  next.takeUp();
  assert.deepEqual(asked, ["star", "star"], "the next process tells it");
  await next[Symbol.asyncDispose]();
});
