/** Two machines with one Star's certificate. */
import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { silentLogger } from "#core/log/mod.ts";
import { checkCredentials } from "../../../star/credentials.ts";
import type { Joined } from "../../../star/join/join.ts";
import { runLink } from "../../../star/link/link.ts";
import { TestNucleus } from "../nucleus_fixture.ts";
import { LEAVES_TIMERS, RawStar, until, within } from "./support.ts";

Deno.test("of two Stars with one certificate the newer one wins, and the older is told", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join();
  await using older = await RawStar.welcomed(joined, { bootId: "older" });
  await using newer = await RawStar.welcomed(joined, { bootId: "newer" });
  assert.equal(await older.ended(), "conflict");
  assert.match((await older.over)!.message, /the Star opened another one/);
  const { starId } = joined.identity;
  await until(() => test.nucleus.links.size === 1, "one link");
  assert(test.nucleus.parts.store.stars.isConnected(starId));
  await newer.say({ case: "heartbeat", value: { sequence: 1n } });
  await newer.hears("heartbeatAck");
  assert(test.log.lines.some((line) => line.includes("Star came a second time")));
});

/** A Star's own link, whose retries take no time. */
function link({ identity, credentials }: Joined) {
  const stop = new AbortController();
  const seen = { connected: 0, waits: 0 };
  const over = runLink({
    nucleus: identity.nucleus,
    credentials: checkCredentials(credentials),
    keep: () => Promise.resolve(),
    served: [],
    hello: () => ({}),
    heartbeat: (sequence) => ({ sequence }),
    activeCalls: () => 0,
    events: {
      connecting: () => {},
      connected: () => void seen.connected++,
      waiting: () => void seen.waits++,
      standing: () => {},
      revoked: () => {},
      beat: () => {},
      heard: () => {},
    },
    clock: new ManualClock(Date.now()),
    log: silentLogger,
    signal: stop.signal,
    random: () => 0,
  });
  return { over: over.catch((error) => error as OrbitError), stop, seen };
}

Deno.test(
  "a Star whose place another one took ends, instead of taking it back for ever",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    const joined = await test.join();
    const older = link(joined);
    await until(() => older.seen.connected === 1, "the older is connected");
    const newer = link(joined);
    const error = await within(older.over, "the older ends");
    assert(error instanceof OrbitError && error.code === "unauthenticated", `${error}`);
    assert.match(error.message, /another Star took the place.*stop one of the two/);
    assert.deepEqual([older.seen, newer.seen.connected], [{ connected: 1, waits: 0 }, 1]);
    newer.stop.abort(new OrbitError("unavailable", "enough"));
    await within(newer.over, "the newer ends");
  },
);
