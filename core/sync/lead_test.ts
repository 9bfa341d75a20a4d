import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { Lead } from "./lead.ts";

const never = new AbortController().signal;

/** A lead of which 10 items are planned without a pause. */
const leadOn = (clock = new ManualClock()) =>
  new Lead({ most: 20, eager: 10, pauseMs: 250 }, clock);

/** Whether a promise is settled when everything that can go on has gone on. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  promise.then(() => isOver = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return isOver;
}

Deno.test("Lead lets planning go on below its limit", async () => {
  const lead = leadOn();
  lead.planned(9);
  assert.equal(await isSettled(lead.room(never)), true);
});

Deno.test("Lead holds planning up until half of its limit is over", async () => {
  const lead = leadOn();
  lead.planned(12);
  lead.begin();
  lead.begin();
  const room = lead.room(never);
  lead.end(6);
  assert.equal(await isSettled(room), false);
  lead.begin();
  lead.end(1);
  assert.equal(await isSettled(room), true);
});

Deno.test("Lead never waits for what nobody works on", async () => {
  const lead = leadOn();
  lead.planned(100);
  lead.begin();
  const room = lead.room(never);
  lead.end(1);
  assert.equal(await isSettled(room), true);
});

Deno.test("Lead stops holding up when the run is aborted", async () => {
  const lead = leadOn();
  lead.planned(15);
  const controller = new AbortController();
  const room = lead.room(controller.signal);
  assert.equal(await isSettled(room), false);
  controller.abort();
  assert.equal(await isSettled(room), true);
  assert.equal(await isSettled(lead.room(controller.signal)), true);
});

Deno.test("Lead goes on after a pause, until there are as many as there may be", async () => {
  const clock = new ManualClock(), lead = leadOn(clock);
  lead.begin();
  lead.planned(12);
  const first = lead.room(never);
  await clock.advance(249);
  assert.equal(await isSettled(first), false);
  await clock.advance(1);
  assert.equal(await isSettled(first), true);
  lead.planned(8);
  const second = lead.room(never);
  await clock.advance(1000);
  assert.equal(await isSettled(second), false);
  lead.begin();
  lead.end(15);
  assert.equal(await isSettled(second), true);
  assert.equal(clock.sleeping, 0);
});

Deno.test("Lead's pause ends with what it waits for", async () => {
  const clock = new ManualClock(), lead = leadOn(clock);
  lead.planned(12);
  lead.begin();
  const room = lead.room(never);
  assert.equal(clock.sleeping, 1);
  lead.end(12);
  await room;
  assert.equal(clock.sleeping, 0);
});
