import assert from "node:assert/strict";
import { type Clock, systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { CLOCK_SKEW_MS } from "#core/identity/mod.ts";
import { openRemoteSystem } from "#core/remote/mod.ts";
import { Standing } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { FakeNucleus } from "../testing/fake_nucleus.ts";
import { FakeStar, joinFake } from "../testing/fake_star.ts";

/** After a failed connection, a closed channel of grpc-js keeps the timer of its next attempt. */
const LEAVES_TIMERS = { sanitizeOps: false, sanitizeResources: false };

function test(name: string, run: () => Promise<void>) {
  Deno.test({ name, fn: run, ...LEAVES_TIMERS });
}

/** The system's clock, ahead or behind. */
function shifted(ms: number): Clock {
  return { ...systemClock, now: () => Date.now() + ms };
}

/** A clock whose sleeps take a hundredth of their time. */
const hurried: Clock = {
  ...systemClock,
  sleep: (ms, options) => systemClock.sleep(ms / 100, options),
};

test("a link says hello, then heartbeats, and serves calls in reverse", async () => {
  await using nucleus = await FakeNucleus.open();
  await using star = await FakeStar.start(nucleus);
  const link = await nucleus.link(1);
  assert.equal(link.hello.version, "0.0.0");
  await using system = openRemoteSystem({ caller: link.caller, name: "star" });
  const [entry] = await system.scanDirectory("/data");
  assert.equal(entry.path, "file");
  assert.equal((await system.calculateHash("/data/file", 0, 0)).length, 32);
  await nucleus.until(() => link.heartbeats.length >= 2);
  assert.deepEqual(link.heartbeats.map(({ sequence }) => sequence).slice(0, 2), [2n, 3n]);
  assert.deepEqual(star.told.slice(0, 4), ["connecting", "connected", "standing active", "beat"]);
  star.closing.abort();
  assert.equal(await star.ended, undefined);
  await link.ended;
});

test("a link comes back when the Nucleus was away", async () => {
  await using nucleus = await FakeNucleus.open();
  await using star = await FakeStar.start(nucleus);
  await nucleus.link(1);
  await nucleus.stop();
  await nucleus.start();
  const link = await nucleus.link(2);
  await using system = openRemoteSystem({ caller: link.caller, name: "star" });
  assert.equal((await system.scanDirectory("/data")).length, 1);
  assert.ok(star.told.includes("waiting unavailable"), `${star.told}`);
});

test("a link that the Nucleus ends, and one it is silent on, are dialled again", async () => {
  await using nucleus = await FakeNucleus.open();
  nucleus.behaviour.acknowledges = false;
  await using star = await FakeStar.start(nucleus, { clock: hurried });
  // Three heartbeats go without an answer.
  await nucleus.link(2);
  nucleus.behaviour.welcomes = false;
  // Then there is no welcome.
  await nucleus.link(4);
  const errors = star.told.filter((each) => each.startsWith("waiting"));
  assert.ok(errors.length >= 2 && errors.every((each) => each === "waiting unavailable"));
  assert.ok(star.sink.lines.some((line) => line.includes("3 heartbeats unanswered")));
  assert.ok(star.sink.lines.some((line) => line.includes("no welcome")));
});

test("a link isn't made to a Nucleus of another authority", async () => {
  await using nucleus = await FakeNucleus.open();
  await using other = await FakeNucleus.open();
  const credentials = await joinFake(nucleus);
  await using star = await FakeStar.start(other, { credentials, clock: hurried });
  while (star.told.filter((each) => each.startsWith("waiting")).length < 3) {
    await systemClock.sleep(5);
  }
  assert.deepEqual(other.links, []);
  assert.ok(!star.isOver);
});

const REFUSALS = ["denied", "unauthenticated"] as const;
for (const code of REFUSALS) {
  test(`a Star that the Nucleus refuses as ${code} gives up`, async () => {
    await using nucleus = await FakeNucleus.open();
    await using star = await FakeStar.start(nucleus);
    const link = await nucleus.link(1);
    nucleus.behaviour.refusal = new OrbitError(code, "no Star of mine");
    link.end();
    const error = await star.ended;
    assert.ok(error instanceof OrbitError && error.code === "unauthenticated", `${error}`);
    assert.match(error.message, /isn't part of the grid.*no Star of mine.*orbit-star join/);
  });
}

test("a Star goes on when the Nucleus has trouble of its own", async () => {
  await using nucleus = await FakeNucleus.open();
  nucleus.behaviour.refusal = new OrbitError("exhausted", "too many", {
    detail: { retryable: true },
  });
  await using star = await FakeStar.start(nucleus, { clock: hurried });
  while (!star.told.includes("waiting exhausted")) await systemClock.sleep(5);
  nucleus.behaviour.refusal = undefined;
  await nucleus.link(1);
});

test("a Star follows its standing, and gives up when it is revoked", async () => {
  await using nucleus = await FakeNucleus.open();
  nucleus.behaviour.standing = Standing.PENDING;
  await using star = await FakeStar.start(nucleus);
  const link = await nucleus.link(1);
  await using system = openRemoteSystem({ caller: link.caller, name: "star" });
  await assert.rejects(system.scanDirectory("/data"), /waits to be approved/);
  link.say({ case: "standing", value: { standing: Standing.ACTIVE } });
  assert.equal((await system.scanDirectory("/data")).length, 1);
  link.say({ case: "standing", value: { standing: Standing.REVOKED } });
  const error = await star.ended;
  assert.ok(error instanceof OrbitError && error.code === "unauthenticated", `${error}`);
  assert.match(error.message, /has revoked it/);
  assert.equal(star.told.at(-1), "standing revoked");
});

/** Certificates hold for an hour here: so long before or after two thirds of it. */
function around(minutes: number): Clock {
  return shifted((40 + minutes) * 60_000);
}

test("certificates are renewed from two thirds on, and the link dialled anew with them", async () => {
  await using nucleus = await FakeNucleus.open();
  await using star = await FakeStar.start(nucleus, { clock: around(1) });
  const first = await nucleus.link(1), second = await nucleus.link(2);
  assert.notEqual(first.serial, second.serial);
  assert.equal(first.starId, second.starId);
  assert.ok(!star.told.some((each) => each.startsWith("waiting")), `${star.told}`);
  // By this clock the new certificate is as old: that must not make it a storm.
  await nucleus.until(() => second.heartbeats.length >= 1);
  assert.deepEqual([star.kept.length, nucleus.links.length], [1, 2]);
});

test("certificates aren't renewed before two thirds", async () => {
  await using nucleus = await FakeNucleus.open();
  await using _star = await FakeStar.start(nucleus, { clock: around(-1) });
  const link = await nucleus.link(1);
  await nucleus.until(() => link.heartbeats.length >= 1);
  assert.deepEqual([nucleus.renewals, nucleus.links.length], [0, 1]);
});

test("a renewed link waits for the calls that go through the old one", async () => {
  await using nucleus = await FakeNucleus.open();
  let calls = 1;
  await using star = await FakeStar.start(nucleus, {
    clock: around(1),
    activeCalls: () => calls,
  });
  const first = await nucleus.link(1);
  while (star.kept.length === 0) await systemClock.sleep(5);
  const { length } = first.heartbeats;
  await nucleus.until(() => first.heartbeats.length > length || nucleus.links.length > 1);
  // The old stream went on to be used, the new certificate in hand.
  assert.deepEqual([nucleus.links.length, star.kept.length], [1, 1]);
  calls = 0;
  assert.notEqual((await nucleus.link(2)).serial, first.serial);
});

test("a renewed link waits for half of what is left of the old certificate, no longer", async () => {
  await using nucleus = await FakeNucleus.open();
  await using _star = await FakeStar.start(nucleus, { clock: around(11), activeCalls: () => 1 });
  const first = await nucleus.link(1);
  assert.notEqual((await nucleus.link(2)).serial, first.serial);
});

test("a certificate that can't be renewed is asked for again, on the link that stands", async () => {
  await using nucleus = await FakeNucleus.open();
  nucleus.behaviour.renews = false;
  await using star = await FakeStar.start(nucleus, { clock: around(1) });
  const link = await nucleus.link(1);
  while (!star.sink.lines.some((line) => line.includes("not renewed"))) await systemClock.sleep(5);
  nucleus.behaviour.renews = true;
  assert.notEqual((await nucleus.link(2)).serial, link.serial);
});

test("a Star whose certificate expired while it was away has to join again", async () => {
  await using nucleus = await FakeNucleus.open();
  const credentials = await joinFake(nucleus);
  const late = credentials.notAfter + CLOCK_SKEW_MS + 1000 - Date.now();
  await using star = await FakeStar.start(nucleus, { credentials, clock: shifted(late) });
  const error = await star.ended;
  assert.ok(error instanceof OrbitError && error.code === "unauthenticated", `${error}`);
  assert.match(error.message, /expired at .*orbit-star join/);
  assert.deepEqual(nucleus.links, []);
});

test("clocks that differ by a minute are told of, and no more", async () => {
  for (const [aheadMs, warned] of [[60_000, true], [-60_000, true], [0, false]] as const) {
    await using nucleus = await FakeNucleus.open();
    nucleus.behaviour.aheadMs = aheadMs;
    await using star = await FakeStar.start(nucleus);
    await nucleus.link(1);
    while (!star.told.includes("connected")) await systemClock.sleep(1);
    assert.ok(Math.abs(star.skewMs - aheadMs) < 30_000, `${star.skewMs}`);
    assert.equal(star.sink.lines.some((line) => line.includes("clocks")), warned);
  }
});
