import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { FailureLimit } from "./failure_limit.ts";

const wrong = () => {
  throw new OrbitError("unauthenticated", "wrong");
};

function fails(limit: FailureLimit, peer: string): Promise<string> {
  return limit.guard(peer, wrong).then(() => "passed", (error) => error.code);
}

Deno.test("FailureLimit stops an address that was wrong too often, whatever its port", async () => {
  const clock = new ManualClock();
  const limit = new FailureLimit(clock);
  for (let i = 0; i < 5; i++) assert.equal(await fails(limit, `10.0.0.1:${i}`), "unauthenticated");
  assert.equal(await fails(limit, "10.0.0.1:99"), "exhausted");
  await assert.rejects(limit.guard("10.0.0.1:1", () => "right"), /too many/);
  assert.equal(await limit.guard("10.0.0.2:1", () => "right"), "right");
  await clock.advance(5000);
  assert.equal(await limit.guard("10.0.0.1:1", () => "right"), "right");
});

Deno.test("FailureLimit doesn't count what was right", async () => {
  const limit = new FailureLimit(new ManualClock());
  for (let i = 0; i < 100; i++) assert.equal(await limit.guard("10.0.0.1:1", () => i), i);
});

Deno.test("FailureLimit stops many addresses together", async () => {
  const limit = new FailureLimit(new ManualClock());
  for (let i = 0; i < 100; i++) {
    assert.equal(await fails(limit, `10.0.${i}.1:1`), "unauthenticated");
  }
  assert.equal(await fails(limit, "10.1.0.1:1"), "exhausted");
});
