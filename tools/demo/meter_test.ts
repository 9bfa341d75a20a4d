import assert from "node:assert/strict";
import { Meter } from "./meter.ts";

/** A server that sends back what it is sent. */
function listenEchoing() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const over = (async () => {
    for await (const connection of listener) {
      await connection.readable.pipeTo(connection.writable).catch(() => {});
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

function connect({ address }: Meter): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port: Number(address.split(":")[1]) });
}

Deno.test("Meter hands on what it is sent, both ways, and counts it", async () => {
  await using server = listenEchoing();
  await using meter = new Meter();
  meter.target = server.port;
  using connection = await connect(meter);
  const sent = crypto.getRandomValues(new Uint8Array(60_000));
  for (let at = 0; at < sent.length;) at += await connection.write(sent.subarray(at));
  await connection.closeWrite();
  const received = await new Response(connection.readable).bytes();
  assert.deepEqual(received, sent);
  assert.equal(meter.bytes, 2 * sent.length);
});

Deno.test("Meter ends connections that nobody answers, and its own on disposal", async () => {
  await using server = listenEchoing();
  const meter = new Meter();
  using early = await connect(meter);
  assert.equal(await early.read(new Uint8Array(1)).catch(() => null), null);
  meter.target = server.port;
  using open = await connect(meter);
  await open.write(new Uint8Array(1));
  assert.equal(await open.read(new Uint8Array(1)), 1);
  await meter[Symbol.asyncDispose]();
  assert.equal(await open.read(new Uint8Array(1)).catch(() => null), null);
});
