import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { ChangeGate } from "./change_gate.ts";

const RESCAN_MS = 60_000;

/** Waits at the gate and keeps the moments at which it opened. */
function openings(clock: ManualClock, gate: ChangeGate, signal: AbortSignal): number[] {
  const opened: number[] = [];
  (async () => {
    for (;;) {
      await gate.wait(RESCAN_MS, signal);
      opened.push(clock.elapsed());
    }
  })().catch(() => {});
  return opened;
}

Deno.test("ChangeGate opens once changes have been quiet for a while", async () => {
  const clock = new ManualClock();
  const gate = new ChangeGate(clock);
  const stop = new AbortController();
  const opened = openings(clock, gate, stop.signal);
  await clock.advance(5000);
  gate.note();
  await clock.advance(200);
  gate.note();
  await clock.advance(5000);
  assert.deepEqual(opened, [5500]);
  stop.abort();
});

Deno.test("ChangeGate opens every second under constant change", async () => {
  const clock = new ManualClock();
  const gate = new ChangeGate(clock);
  const stop = new AbortController();
  const opened = openings(clock, gate, stop.signal);
  for (let i = 0; i < 31; i++) {
    gate.note();
    await clock.advance(100);
  }
  assert.deepEqual(opened, [1000, 2000, 3000]);
  stop.abort();
});

Deno.test("ChangeGate opens for a rescan when nothing changes", async () => {
  const clock = new ManualClock();
  const gate = new ChangeGate(clock);
  const stop = new AbortController();
  const opened = openings(clock, gate, stop.signal);
  await clock.advance(2 * RESCAN_MS);
  assert.deepEqual(opened, [RESCAN_MS, 2 * RESCAN_MS]);
  stop.abort();
});

Deno.test("ChangeGate counts changes that came while nobody waited", async () => {
  const clock = new ManualClock();
  const gate = new ChangeGate(clock);
  gate.note();
  await clock.advance(5000);
  await gate.wait(RESCAN_MS, new AbortController().signal);
  assert.equal(clock.elapsed(), 5000);
});

Deno.test("ChangeGate rejects with the signal's reason", async () => {
  const gate = new ChangeGate(new ManualClock());
  const stop = new AbortController();
  const waiting = gate.wait(RESCAN_MS, stop.signal);
  const reason = new Error("stop");
  stop.abort(reason);
  await assert.rejects(waiting, reason);
});
