import assert from "node:assert/strict";
import fc from "fast-check";
import { ManualClock } from "#core/clock.ts";
import { perMinute, RateLimiter } from "#core/rate_limit.ts";

Deno.test("RateLimiter allows a burst, then what flows in, for each key by itself", async () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter({ clock, burst: 3, perSecond: 2 });
  const allowed = (key: string) => [1, 2, 3, 4].map(() => limiter.tryTake(key));
  assert.deepEqual(allowed("a"), [true, true, true, false]);
  assert.deepEqual(allowed("b"), [true, true, true, false]);
  assert.equal(limiter.waitMs("a"), 500);
  await clock.advance(499);
  assert.equal(limiter.tryTake("a"), false);
  assert.equal(limiter.waitMs("a"), 1);
  await clock.advance(1);
  assert.deepEqual(allowed("a"), [true, false, false, false]);
  await clock.advance(3600_000);
  assert.deepEqual(allowed("a"), [true, true, true, false]);
});

Deno.test("perMinute allows so many at once, and as many again a minute later", async () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter({ clock, ...perMinute(7) });
  const allowed = () => Array.from({ length: 20 }, () => limiter.tryTake("a")).filter(Boolean);
  assert.equal(allowed().length, 7);
  await clock.advance(60_000);
  assert.equal(allowed().length, 7);
});

Deno.test("RateLimiter.drain takes what is there, and never goes below nothing", async () => {
  const clock = new ManualClock();
  const limiter = new RateLimiter({ clock, burst: 2, perSecond: 1 });
  for (let i = 0; i < 50; i++) limiter.drain("a");
  assert.equal(limiter.waitMs("a"), 1000);
  await clock.advance(1000);
  assert.equal(limiter.tryTake("a"), true);
});

Deno.test("RateLimiter.waitMs remembers nothing, and is for ever beyond the burst", () => {
  const limiter = new RateLimiter({ clock: new ManualClock(), burst: 2, perSecond: 1 });
  assert.equal(limiter.waitMs("a"), 0);
  assert.equal(limiter.waitMs("a", 3), Infinity);
  assert.equal(limiter.size, 0);
});

Deno.test("RateLimiter forgets the key that wasn't asked about for longest", () => {
  const limiter = new RateLimiter({
    ...{ clock: new ManualClock(), burst: 1, perSecond: 1, maxKeys: 2 },
  });
  limiter.drain("a");
  limiter.drain("b");
  assert.equal(limiter.tryTake("a"), false);
  limiter.drain("c");
  assert.equal(limiter.size, 2);
  assert.equal(limiter.tryTake("a"), false, "asked about last but one");
  assert.equal(limiter.tryTake("b"), true, "forgotten");
});

Deno.test("RateLimiter refuses bounds that can't be kept to", () => {
  const clock = new ManualClock();
  for (const [burst, perSecond] of [[0, 1], [1, 0], [NaN, 1], [1, -1], [Infinity, 1]]) {
    assert.throws(() => new RateLimiter({ clock, burst, perSecond }), { code: "invalid" });
  }
});

Deno.test("RateLimiter never allows more than the burst and what flowed in", async () => {
  const step = fc.record({ waitMs: fc.nat(3000), tries: fc.nat(20) });
  await fc.assert(fc.asyncProperty(
    fc.array(step, { maxLength: 20 }),
    fc.integer({ min: 1, max: 10 }),
    async (steps, burst) => {
      const clock = new ManualClock();
      const limiter = new RateLimiter({ clock, burst, perSecond: 2 });
      let allowed = 0;
      for (const { waitMs, tries } of steps) {
        await clock.advance(waitMs);
        for (let i = 0; i < tries; i++) if (limiter.tryTake("a")) allowed++;
        assert.ok(allowed <= burst + clock.elapsed() * 0.002 + 1e-6);
      }
    },
  ));
});
