import assert from "node:assert/strict";
import { Lead } from "./lead.ts";

const never = new AbortController().signal;

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  return await Promise.race([promise, Promise.resolve(pending)]) !== pending;
}

Deno.test("Lead lets planning go on below its limit", async () => {
  const lead = new Lead(10);
  lead.planned(9);
  assert.equal(await isSettled(lead.room(never)), true);
});

Deno.test("Lead holds planning up until half of its limit is over", async () => {
  const lead = new Lead(10);
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
  const lead = new Lead(10);
  lead.planned(100);
  lead.begin();
  const room = lead.room(never);
  lead.end(1);
  assert.equal(await isSettled(room), true);
});

Deno.test("Lead stops holding up when the run is aborted", async () => {
  const lead = new Lead(1);
  lead.planned(5);
  const controller = new AbortController();
  const room = lead.room(controller.signal);
  assert.equal(await isSettled(room), false);
  controller.abort();
  assert.equal(await isSettled(room), true);
  assert.equal(await isSettled(lead.room(controller.signal)), true);
});
