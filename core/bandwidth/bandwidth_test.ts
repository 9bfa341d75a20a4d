import assert from "node:assert/strict";
import fc from "fast-check";
import { ManualClock } from "#core/clock.ts";
import { Bandwidth } from "./bandwidth.ts";
import { always, type Timetable } from "./timetable.ts";

Deno.test("Bandwidth never exceeds its rate over time, whatever the sizes asked for", async () => {
  const clock = new ManualClock();
  const bandwidth = new Bandwidth(always(1000), clock);
  let moved = 0;
  const work = (async () => {
    for (const bytes of [10, 500, 5000, 1, 1, 2488, 2000]) {
      await bandwidth.take("", bytes);
      moved += bytes;
    }
  })();
  for (let ms = 0; ms < 10_100; ms += 100) {
    await clock.advance(100);
    assert.ok(moved <= clock.elapsed() + 1, `${moved} bytes after ${clock.elapsed()} ms`);
  }
  await work;
  assert.equal(moved, 10_000);
});

Deno.test("Bandwidth lets a short burst through after a pause, and no more", async () => {
  const clock = new ManualClock();
  const bandwidth = new Bandwidth(always(1000), clock);
  await clock.advance(60_000);
  await bandwidth.take("", 250);
  assert.equal(clock.sleeping, 0);
  const next = bandwidth.take("", 100);
  assert.equal(clock.sleeping, 1);
  await clock.advance(100);
  await next;
});

Deno.test("Bandwidth stops waiting when a signal aborts, and goes on with the others", async () => {
  const clock = new ManualClock();
  const bandwidth = new Bandwidth(always(1000), clock);
  const stop = new AbortController();
  const gone = [bandwidth.take("a", 1e9, stop.signal), bandwidth.take("a", 5, stop.signal)];
  const other = bandwidth.take("b", 1000);
  const reason = new Error("stop");
  stop.abort(reason);
  for (const taken of gone) await assert.rejects(taken!, reason);
  await assert.rejects(bandwidth.take("a", 1, stop.signal)!, reason);
  await clock.advance(3000);
  await other;
  assert.equal(clock.sleeping, 0);
  const last = bandwidth.take("a", 1e9, AbortSignal.abort(reason));
  await assert.rejects(last!, reason);
});

Deno.test("Bandwidth without a limit is waited for by nobody, and needs no clock", () => {
  const bandwidth = new Bandwidth([], new ManualClock());
  assert.equal(bandwidth.take("a", 1e12), undefined);
});

/** Takes for ever, so many requests at a time; counts what it was given. */
class Taker {
  given = 0;
  readonly stop = new AbortController();

  constructor(bandwidth: Bandwidth, name: string, width: number, size: () => number) {
    for (let i = 0; i < width; i++) void this.#run(bandwidth, name, size);
  }

  async #run(bandwidth: Bandwidth, name: string, size: () => number): Promise<void> {
    try {
      for (;;) {
        const bytes = size();
        await bandwidth.take(name, bytes, this.stop.signal);
        this.given += bytes;
      }
    } catch {
      // Stopped.
    }
  }
}

Deno.test("Bandwidth gives one with 64 connections no more than one with a single one", async () => {
  const clock = new ManualClock();
  const bandwidth = new Bandwidth(always(1_000_000), clock);
  const takers = [
    new Taker(bandwidth, "many", 64, () => 65_536),
    new Taker(bandwidth, "one", 1, () => 65_536),
    new Taker(bandwidth, "small", 3, () => 5000),
  ];
  await clock.advance(6_000);
  const late = new Taker(bandwidth, "late", 1, () => 65_536);
  const before = takers.map(({ given }) => given);
  for (const given of before) assert(Math.abs(given - 2e6) < 2 * 65_536, `${before}`);
  await clock.advance(8_000);
  // Who comes late is given as much as the others from there on, and nothing for before.
  const since = [...takers, late].map(({ given }, i) => given - (before[i] ?? 0));
  for (const given of since) assert(Math.abs(given - 2e6) < 2 * 65_536, `${since}`);
  for (const { stop } of [...takers, late]) stop.abort();
  await clock.advance(0);
  assert.equal(clock.sleeping, 0);
});

Deno.test("Bandwidth keeps to its rate and to everybody's share for any takers", async () => {
  const widths = fc.array(
    fc.record({ width: fc.integer({ min: 1, max: 9 }), size: fc.nat(5000) }),
    {
      minLength: 1,
      maxLength: 5,
    },
  );
  await fc.assert(
    fc.asyncProperty(widths, async (takers) => {
      const clock = new ManualClock();
      const bandwidth = new Bandwidth(always(100_000), clock);
      const running = takers.map(({ width, size }, i) =>
        new Taker(bandwidth, `${i}`, width, () => size + 1000)
      );
      await clock.advance(2000);
      const given = running.map(({ given }) => given);
      const sum = given.reduce((a, b) => a + b);
      assert(sum <= 200_000 && sum > 150_000, `${given}`);
      for (const part of given) {
        assert(Math.abs(part - sum / takers.length) <= 3 * 6000, `${given}`);
      }
      for (const { stop } of running) stop.abort();
      await clock.advance(0);
    }),
    { numRuns: 15 },
  );
});

Deno.test("Bandwidth follows its timetable, for those who wait already too", async () => {
  const startMs = new Date(2030, 0, 7, 7, 59, 50).getTime(); // a Monday
  const clock = new ManualClock(startMs);
  const minute = (past: number) => (24 + 8) * 60 + past;
  const timetable: Timetable = [
    { minute: minute(0), bytesPerSecond: 1000 },
    { minute: minute(3), bytesPerSecond: 100_000 },
    { minute: minute(4) },
  ];
  const bandwidth = new Bandwidth(timetable, clock);
  assert.equal(bandwidth.take("", 1e9), undefined);
  await clock.advance(10_000);
  const taker = new Taker(bandwidth, "", 1, () => 1000);
  await clock.advance(100_000);
  assert(Math.abs(taker.given - 100_000) <= 1500, `${taker.given}`);
  taker.stop.abort();
  await clock.advance(80_000 - 5000);
  const held = bandwidth.take("", 500_000)!;
  await clock.advance(5000 + 6000);
  await held;
  const freed = bandwidth.take("", 1e12)!;
  await clock.advance(60_000);
  await freed;
  assert.equal(bandwidth.bytesPerSecond, undefined);
});
