import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { createPacer } from "./pace.ts";

Deno.test("createPacer never exceeds its rate over time, whatever the sizes asked for", async () => {
  const clock = new ManualClock();
  const pace = createPacer(1000, clock);
  let moved = 0;
  const work = (async () => {
    for (const bytes of [10, 500, 5000, 1, 1, 2488, 2000]) {
      await pace(bytes);
      moved += bytes;
    }
  })();
  for (let ms = 0; ms < 10_000; ms += 100) {
    await clock.advance(100);
    assert.ok(moved <= clock.elapsed() + 1, `${moved} bytes after ${clock.elapsed()} ms`);
  }
  await work;
  assert.equal(moved, 10_000);
});

Deno.test("createPacer lets a short burst through after a pause, and no more", async () => {
  const clock = new ManualClock();
  const pace = createPacer(1000, clock);
  await clock.advance(60_000);
  await pace(250);
  assert.equal(clock.sleeping, 0);
  const next = pace(100);
  assert.equal(clock.sleeping, 1);
  await clock.advance(100);
  await next;
});

Deno.test("createPacer stops waiting when its signal aborts", async () => {
  const stop = new AbortController();
  const waiting = createPacer(1, new ManualClock(), stop.signal)(1000);
  const reason = new Error("stop");
  stop.abort(reason);
  await assert.rejects(waiting, reason);
});
