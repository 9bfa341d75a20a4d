import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { Secret } from "#core/identity/secret.ts";
import { LinkMeter } from "#core/link/meter.ts";
import { openPlainPort } from "#core/rpc/mod.ts";
import { FailureLimit } from "./failure_limit.ts";
import { createMetricsServer } from "./metrics.ts";

Deno.test("a Star without a Nucleus tells who knows its token what it counted", async () => {
  const meter = new LinkMeter();
  const clock = new ManualClock();
  const http = createMetricsServer({
    ...{ meter, token: new Secret("right"), failures: new FailureLimit(clock) },
  });
  await using port = await openPlainPort({
    ...{ hostname: "127.0.0.1", port: 0, http },
    accept: (socket) => socket.destroy(),
  });
  const ask = async (path: string, token?: string, method = "GET") => {
    const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${port.port}${path}`, { headers, method });
    return { status: response.status, text: await response.text() };
  };
  for (let twice = 1; twice <= 2; twice++) {
    meter.refusedGrant();
    meter.tookBatch({ taken: 1, failed: 2, tookMs: 5 });
    meter.gaveBytes(7);
    const { status, text } = await ask("/metrics", "right");
    assert.equal(status, 200);
    for (
      const line of [
        `orbit_p2p_token_verification_errors_total ${twice}`,
        `orbit_p2p_transfers_total{status="success"} ${twice}`,
        `orbit_p2p_transfers_total{status="failure"} ${2 * twice}`,
        `orbit_p2p_bytes_given_total ${7 * twice}`,
      ]
    ) assert(text.includes(`\n${line}\n`), `${line} in ${text}`);
  }
  assert.equal((await ask("/", "right")).status, 404);
  assert.equal((await ask("/metrics", "right", "PATCH")).status, 404);
  assert.equal((await ask("/metrics")).status, 401);
  for (let tries = 0; tries < 4; tries++) assert.equal((await ask("/metrics", "x")).status, 401);
  assert.equal((await ask("/metrics", "right")).status, 429);
  await clock.advance(60_000);
  assert.equal((await ask("/metrics", "right")).status, 200);
});
