/** Stars that break the rules of their control stream. */
import assert from "node:assert/strict";
import { SELECT_ALL } from "#core/file_jobs/mod.ts";
import type { Joined } from "../../../star/join/join.ts";
import { TestNucleus } from "../nucleus_fixture.ts";
import { LEAVES_TIMERS, RawStar, submit, until } from "./support.ts";

const heartbeat = (sequence: bigint) => ({ case: "heartbeat" as const, value: { sequence } });
const end = { case: "end" as const, value: { status: 0 } };

type Say = (star: RawStar) => void | Promise<unknown>;

/** What is said after the welcome, and the code of the end. */
const RULES: [string, Say, string][] = [
  ["a second hello", (star) => star.say({ case: "hello", value: {} }), "invalid"],
  ["a message of no kind", (star) => star.say({ case: undefined }), "invalid"],
  [
    "the start of a call",
    (star) => star.frame(1, { case: "start", value: { method: "/x/Y" } }),
    "invalid",
  ],
  ["a half-close", (star) => star.frame(1, { case: "halfClose", value: {} }), "invalid"],
  ["a cancellation", (star) => star.frame(1, { case: "cancel", value: {} }), "invalid"],
  ["the end of a call that never was", (star) => star.frame(7, end), "invalid"],
  [
    "a message of a call that never was",
    (star) => star.frame(4_000_000_000, { case: "message", value: new Uint8Array(9) }),
    "invalid",
  ],
  ["credit for call 0", (star) => star.frame(0, { case: "credit", value: 9 }), "invalid"],
  ["1,000 heartbeats at once", async (star) => {
    for (let i = 1n; i <= 1000n; i++) await star.say(heartbeat(i));
  }, "exhausted"],
  ["a heartbeat of 300 disks", (star) =>
    star.say({
      case: "heartbeat",
      value: { disks: Array(300).fill({ path: new Uint8Array([0x2f]) }) },
    }), "invalid"],
];

Deno.test(
  "a Star that breaks a rule of its stream is cut off, and may come again",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    const joined = await test.join();
    for (const [what, say, code] of RULES) {
      await using star = await RawStar.welcomed(joined);
      const said = say(star);
      assert.equal(await star.ended(), code, what);
      await said;
      await until(() => test.nucleus.links.size === 0, "no link");
    }
    await RawStar.welcomed(joined).then((star) => star[Symbol.asyncDispose]());
  },
);

Deno.test("a stream that doesn't begin with a hello is refused", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join();
  await using star = new RawStar(joined);
  star.say(heartbeat(1n));
  assert.equal(await star.ended(), "invalid");
  assert.equal(test.nucleus.links.size, 0);
});

/** A Star with a call of the Nucleus's going on. */
async function calledStar(test: TestNucleus, joined: Joined) {
  const star = await RawStar.welcomed(joined);
  const at = { starId: joined.identity.starId, path: "/data" };
  const job = submit(test, { kind: "hash", at, ...SELECT_ALL });
  const call = await star.called("Inspect");
  return { star, call, job };
}

const IN_A_CALL: [string, (star: RawStar, call: number) => unknown, string | undefined][] = [
  [
    "credit beyond all bounds",
    (star, call) => star.frame(call, { case: "credit", value: 2 ** 32 - 1 }),
    undefined,
  ],
  ["messages without credit", async (star, call) => {
    for (let i = 0; i < 4; i++) {
      await star.frame(call, { case: "message", value: new Uint8Array(1 << 20) });
    }
  }, undefined],
  ["frames without end for a call that is over", async (star, call) => {
    await star.frame(call, end);
    const message = { case: "message" as const, value: new Uint8Array(3 << 20) };
    for (let i = 0; i < 12; i++) await star.frame(call, message);
  }, "invalid"],
];

Deno.test(
  "a Star that breaks a rule of a call loses the call, or its stream",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    const joined = await test.join();
    for (const [what, say, code] of IN_A_CALL) {
      const { star, call, job } = await calledStar(test, joined);
      await using _ = star;
      const said = say(star, call);
      if (code !== undefined) assert.equal(await star.ended(), code, what);
      else {
        const isOver = () => test.nucleus.parts.jobs.job(job).state === "failed";
        await until(isOver, `${what}: the job has failed`);
        // Whichever is noticed first: too much of it, or that it makes no sense.
        const { code } = test.nucleus.parts.jobs.job(job).error!;
        assert(["invalid", "corrupt"].includes(code), `${what}: ${code}`);
      }
      await said;
      const { state } = test.nucleus.parts.jobs.job(job);
      if (state === "running") test.nucleus.dispatcher.cancel(job);
      await until(() => test.nucleus.dispatcher.running === 0, "nothing runs");
    }
  },
);

Deno.test("a Star that comes again and again is slowed down", LEAVES_TIMERS, async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join();
  for (let times = 0; times < 200; times++) {
    await using star = new RawStar(joined);
    star.say({ case: "hello", value: {} });
    const welcome = until(() => star.heard.length > 0, "an answer").then(() => "");
    const code = await Promise.race([star.ended(), welcome]);
    welcome.catch(() => {});
    if (code === "") continue;
    assert.equal(code, "exhausted");
    assert(times >= 50, `${times}`);
    return;
  }
  assert.fail("it came 200 times");
});

Deno.test(
  "one Star can't keep others out with streams that say nothing",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    const [hostile, honest] = [await test.join(), await test.join()];
    const silent = Array.from({ length: 100 }, () => new RawStar(hostile));
    const ends = new Map<string, number>();
    for (const star of silent) {
      star.ended().then((code) => ends.set(code, (ends.get(code) ?? 0) + 1), () => {});
    }
    await until(() => ends.get("conflict") === 99, "all but the newest are over");
    await using star = await RawStar.welcomed(honest);
    assert.equal(star.heard[0].case, "welcome");
    for (const star of silent) await star[Symbol.asyncDispose]();
  },
);
