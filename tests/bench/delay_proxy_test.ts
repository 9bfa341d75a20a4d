import assert from "node:assert/strict";
import { DelayProxy } from "./delay_proxy.ts";

/** A server that gives everything back. */
function openEcho() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const over = (async () => {
    for await (const connection of listener) {
      await connection.readable.pipeTo(connection.writable);
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await over;
    },
  };
}

Deno.test("what passes a delaying proxy is whole, in order, late and counted", async () => {
  await using echo = openEcho();
  await using proxy = new DelayProxy(40, echo.port);
  using connection = await Deno.connect({ port: proxy.port, hostname: "127.0.0.1" });
  const sent = new Uint8Array(3_000_000).map((_, i) => i * 31 >> 3);
  const startedAt = performance.now();
  const sending = (async () => {
    for (let at = 0; at < sent.length;) at += await connection.write(sent.subarray(at));
    await connection.closeWrite();
  })();
  const received = new Uint8Array(sent.length);
  let length = 0, firstAt = 0;
  for (let count; (count = await connection.read(received.subarray(length))); length += count) {
    firstAt ||= performance.now();
  }
  await sending;
  assert.equal(length, sent.length);
  assert.deepEqual(received, sent);
  // A round trip for the handshake and one for the answer: never earlier, whatever the machine does.
  assert.ok(firstAt - startedAt >= 75, `${firstAt - startedAt} ms`);
  assert.deepEqual(proxy.traffic, { http2: 0, other: 2 * sent.length });
});

Deno.test("a connection that offers HTTP/2 is counted as such", async () => {
  await using echo = openEcho();
  await using proxy = new DelayProxy(0, echo.port);
  using connection = await Deno.connect({ port: proxy.port, hostname: "127.0.0.1" });
  await connection.write(new TextEncoder().encode("\x16\x03\x01 \x00\x03\x02h2"));
  await connection.closeWrite();
  const answer = new Uint8Array(100);
  assert.equal(await connection.read(answer), 9);
  assert.equal(await connection.read(answer), null);
  assert.deepEqual(proxy.traffic, { http2: 18, other: 0 });
});
