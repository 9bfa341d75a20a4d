import assert from "node:assert/strict";
import { systemClock } from "#core/clock.ts";
import type { SystemSource } from "#core/file_jobs/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { Job } from "#core/magnetar/mod.ts";
import type { OrbitSystem, WorkClaim } from "#core/system/mod.ts";
import { LeftWork } from "./left_work.ts";

const jobOf = (change: object) => ({
  ...{ id: "j", attempt: 2, destStarId: "star", spec: { kind: "sync" } },
  ...change,
} as unknown as Job);

Deno.test("LeftWork tells the Star of a cancelled job, as often as that needs", async () => {
  const told: WorkClaim[] = [];
  const over = Promise.withResolvers<void>();
  const endWork = (claim: WorkClaim) => {
    if (told.push(claim) === 3) return Promise.resolve(over.resolve());
    return Promise.reject(new OrbitError("unavailable", "away", { detail: { retryable: true } }));
  };
  const systems: SystemSource = {
    open: (starId) => Promise.resolve({ name: starId, endWork } as unknown as OrbitSystem),
  };
  const clock = { ...systemClock, sleep: () => Promise.resolve() };
  await using left = new LeftWork({ systems, clock });
  left.end(jobOf({}));
  await over.promise;
  assert.deepEqual(told, Array(3).fill({ job: "j", fence: 2 }));
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
  const left = new LeftWork({ systems, clock: systemClock });
  left.end(jobOf({ attempt: 0 }));
  left.end(jobOf({ destStarId: undefined }));
  left.end(jobOf({ spec: { kind: "hash" } }));
  assert.deepEqual(asked, []);
  left.end(jobOf({}));
  assert.deepEqual(asked, ["star"]);
  await left[Symbol.asyncDispose]();
});
