import assert from "node:assert/strict";
import { Outbox } from "./outbox.ts";

Deno.test("Outbox lets urgent messages overtake, and keeps the order of the others", async () => {
  const outbox = new Outbox<string>();
  await outbox.send("a", 1);
  await outbox.send("b", 1);
  outbox.push("now");
  outbox.end();
  assert.deepEqual(await Array.fromAsync(outbox), ["now", "a", "b"]);
});

Deno.test("Outbox holds back who sends much, until some of it was taken", async () => {
  const outbox = new Outbox<number>({ bytes: 10 });
  const sent: number[] = [];
  const sender = (async () => {
    for (let i = 0; i < 6; i++) {
      await outbox.send(i, 5);
      sent.push(i);
    }
    outbox.end();
  })();
  await new Promise((turn) => setTimeout(turn));
  assert.deepEqual(sent, [0, 1]);
  assert.deepEqual(await Array.fromAsync(outbox), [0, 1, 2, 3, 4, 5]);
  await sender;
});

Deno.test("Outbox ends with its error, for the taker and for all who wait", async () => {
  const outbox = new Outbox<number>({ bytes: 1 });
  await outbox.send(1, 1);
  const waiting = outbox.send(2, 1);
  outbox.end(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  await assert.rejects(Array.fromAsync(outbox), /gone/);
  await assert.rejects(outbox.send(3, 1), /gone/);
});

Deno.test("Outbox ends when nobody takes its urgent messages, or its taker leaves", async () => {
  const full = new Outbox<number>({ urgent: 3 });
  for (let i = 0; i < 5; i++) full.push(i);
  await assert.rejects(Array.fromAsync(full), { code: "unavailable" });
  const left = new Outbox<number>();
  left.push(1);
  for await (const _ of left) break;
  await assert.rejects(left.send(2, 1), { code: "unavailable" });
});
