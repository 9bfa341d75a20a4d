import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { DEFAULT_RETRY } from "#core/retry.ts";
import { handler, newItems, TemporaryStore } from "./fixture.ts";
import { runJob } from "./mod.ts";

Deno.test("a retry comes when it is due, though the clock was set back meanwhile", async () => {
  using temporary = new TemporaryStore();
  const { store } = temporary;
  const id = store.createJob({
    ...{ kind: "test", label: "", spec: null },
    steps: [{ name: "one", after: [] }],
  });
  const clock = new ManualClock();
  let setBackMs = 0, tries = 0;
  const put = Promise.withResolvers<void>();
  const running = runJob(store, id, {
    clock: {
      now: () => clock.now() - setBackMs,
      elapsed: () => clock.elapsed(),
      sleep: (ms, options) => clock.sleep(ms, options),
    },
    random: () => 1,
    steps: {
      one: handler({
        async *produce() {
          yield newItems("a");
        },
        process: ([{ key }]) => {
          if (++tries > 1) return Promise.resolve([{ key, state: "done" as const }]);
          put.resolve();
          throw new OrbitError("unavailable", "soon", { detail: { retryable: true } });
        },
        retry: DEFAULT_RETRY,
      }),
    },
  });
  await put.promise;
  await clock.advance(1);
  setBackMs = 3600_000;
  await clock.advance(10_000);
  assert.equal(tries, 2);
  assert.equal((await running).state, "succeeded");
});
