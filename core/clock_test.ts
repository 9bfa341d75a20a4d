import assert from "node:assert/strict";
import { lightClock, ManualClock, systemClock } from "#core/clock.ts";

Deno.test("ManualClock wakes sleepers in the order they are due", async () => {
  const clock = new ManualClock(1000);
  const woken: [string, number][] = [];
  const sleep = async (name: string, ms: number) => {
    await clock.sleep(ms);
    woken.push([name, clock.now()]);
  };
  const all = Promise.all([sleep("b", 200), sleep("a", 100), sleep("c", 300)]);
  assert.equal(clock.nextDueMs, 1100);
  await clock.advance(250);
  assert.deepEqual(woken, [["a", 1100], ["b", 1200]]);
  assert.equal(clock.now(), 1250);
  assert.equal(clock.sleeping, 1);
  await clock.advance(50);
  await all;
  assert.deepEqual(woken.at(-1), ["c", 1300]);
  assert.equal(clock.elapsed(), 300);
});

Deno.test("ManualClock wakes a sleeper that was added while time advanced", async () => {
  const clock = new ManualClock();
  let laps = 0;
  const loop = (async () => {
    while (laps < 3) {
      await clock.sleep(10);
      laps++;
    }
  })();
  await clock.advance(30);
  await loop;
  assert.equal(laps, 3);
});

/** Keeps the program alive while something is waited for that doesn't, but not for ever. */
function keepAlive(): Disposable {
  const timer = setTimeout(() => {
    throw new Error("still asleep");
  }, 20_000);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

const clocks = { ManualClock: new ManualClock(), systemClock, lightClock };
for (const [name, clock] of Object.entries(clocks)) {
  Deno.test(`${name} sleep rejects with the signal's reason`, async () => {
    using _alive = keepAlive();
    const reason = new Error("stop");
    await assert.rejects(clock.sleep(1e6, { signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    const sleeping = clock.sleep(1e6, { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(sleeping, reason);
  });
}

Deno.test("systemClock sleep resolves and leaves no listener's timer behind", async () => {
  await systemClock.sleep(0, { signal: new AbortController().signal });
  assert.ok(systemClock.elapsed() >= 0);
});

Deno.test("lightClock sleeps for the time it is told, many sleepers at once", async () => {
  using _alive = keepAlive();
  const beganMs = lightClock.elapsed();
  const woken: number[] = [];
  const signal = new AbortController().signal;
  await Promise.all([60, 20, 40].map(async (ms) => {
    await lightClock.sleep(ms, { signal });
    woken.push(ms);
  }));
  assert.deepEqual(woken, [20, 40, 60]);
  assert.ok(lightClock.elapsed() - beganMs >= 59);
});
