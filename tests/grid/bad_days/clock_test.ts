/** Machines whose clocks differ. */
import assert from "node:assert/strict";
import { type Clock, systemClock } from "#core/clock.ts";
import { TestNucleus } from "../nucleus_fixture.ts";
import { codeOf, LEAVES_TIMERS, RawStar, within } from "./support.ts";

const MINUTE_MS = 60_000;

/** The system's clock, set to another time. */
function ahead(ms: () => number): Clock {
  return { ...systemClock, now: () => Date.now() + ms() };
}

for (const minutes of [-1, 1]) {
  Deno.test(`a Star that is ${minutes} minute ahead joins and connects`, async () => {
    await using test = await TestNucleus.start();
    const joined = await test.join(undefined, { clock: ahead(() => minutes * MINUTE_MS) });
    await using _star = await RawStar.welcomed(joined, {
      heartbeat: { nowMs: BigInt(Date.now() + minutes * MINUTE_MS) },
    });
    const [{ heartbeat }] = test.nucleus.parts.store.stars.list();
    assert.equal(Math.round(heartbeat!.clockSkewMs / MINUTE_MS), minutes);
  });

  Deno.test(`a Nucleus that is ${minutes} minute ahead lets Stars join and connect`, async () => {
    await using test = await TestNucleus.start({ clock: ahead(() => minutes * MINUTE_MS) });
    await using star = await RawStar.welcomed(await test.join());
    const welcome = star.heard[0];
    assert(welcome.case === "welcome");
    const skewMs = Number(welcome.value.nowMs) - Date.now();
    assert.equal(Math.round(skewMs / MINUTE_MS), minutes);
  });
}

Deno.test("a Star that is ten minutes behind is told to compare the clocks", async () => {
  await using test = await TestNucleus.start();
  const clock = ahead(() => -10 * MINUTE_MS);
  const join = within(test.join(undefined, { clock }), "join");
  await assert.rejects(join, /isn't valid before .*; compare the clocks of both machines/);
  assert.equal(test.nucleus.parts.store.stars.list().length, 0);
});

Deno.test(
  "a Nucleus that is ten minutes ahead: who joins is told to compare the clocks",
  LEAVES_TIMERS,
  async () => {
    let aheadMs = 0;
    await using test = await TestNucleus.start({ clock: ahead(() => aheadMs) });
    const joined = await test.join();
    await test.stop();
    aheadMs = 10 * MINUTE_MS;
    await test.start();
    const join = within(test.join(), "join");
    await assert.rejects(join, /isn't valid before .*; compare the clocks of both machines/);
    // A Star that joined before doesn't take it for the end.
    await using star = new RawStar(joined);
    assert.equal(await star.ended(), "unavailable");
    assert.match((await star.over)!.message, /compare the clocks of both machines/);
  },
);

Deno.test("a Nucleus whose clock is set back refuses younger certificates only for as long", async () => {
  let aheadMs = 0;
  await using test = await TestNucleus.start({ clock: ahead(() => aheadMs) });
  await using star = await RawStar.welcomed(await test.join());
  aheadMs = -10 * MINUTE_MS;
  await star.say({ case: "heartbeat", value: { sequence: 1n } });
  const { code, message, detail } = (await within(star.over, "end of the stream"))!;
  assert.equal(code, "denied");
  assert.match(message, /compare the clocks/);
  assert.equal(detail.retryable, true, "the Star tries again");
});

Deno.test("a Star that is ten minutes ahead joins", async () => {
  await using test = await TestNucleus.start();
  const clock = ahead(() => 10 * MINUTE_MS);
  assert.equal(await codeOf(test.join(undefined, { clock })), "");
});
