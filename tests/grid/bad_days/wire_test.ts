/** What comes to the port that is no Star at all. */
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { TestNucleus } from "../nucleus_fixture.ts";
import { LEAVES_TIMERS, RawStar, refusals, until, within } from "./support.ts";

/** A connection that ends; what came through it. */
function ended(socket: Socket | TLSSocket, what: string): Promise<number> {
  let bytes = 0;
  socket.on("data", (data: Uint8Array) => void (bytes += data.length));
  socket.on("error", () => {});
  const closed = new Promise<number>((resolve) => socket.on("close", () => resolve(bytes)));
  return within(closed, `end of ${what}`);
}

function plain(test: TestNucleus, say: string | Uint8Array): Socket {
  const socket = connectTcp(test.nucleus.port, "127.0.0.1", () => socket.write(say));
  return socket;
}

function secure(test: TestNucleus, options: object): TLSSocket {
  const socket = connectTls({
    ...{ host: "127.0.0.1", port: test.nucleus.port, rejectUnauthorized: false },
    ...options,
  });
  socket.on("error", () => {});
  return socket;
}

async function letsStarsIn(test: TestNucleus): Promise<void> {
  await using _ = await RawStar.welcomed(await test.join());
}

Deno.test(
  "plaintext, garbage and old TLS end at once, and nothing is served",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    const garbage = crypto.getRandomValues(new Uint8Array(4096));
    garbage[0] = 0xff;
    const says = [
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      garbage,
      new Uint8Array([0x16, 3, 1, 0x10, 0, ...garbage]),
    ];
    for (const say of says) {
      // An alert of TLS at most: a kind, a version, a length, two bytes.
      assert(await ended(plain(test, say), "a plain connection") <= 7);
    }
    await ended(secure(test, { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" }), "TLS 1.2");
    assert.deepEqual(refusals(test), []);
    await letsStarsIn(test);
  },
);

Deno.test(
  "HTTP/2 that is no gRPC, or not of ours, is answered or ended",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    const inSecure = async (say: string | Uint8Array) => {
      const socket = secure(test, { ALPNProtocols: ["h2"], minVersion: "TLSv1.3" });
      socket.on("secureConnect", () => socket.write(say));
      await ended(socket, "garbage in TLS");
    };
    await inSecure("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await inSecure(new Uint8Array(100_000).fill(0xff));
    await letsStarsIn(test);
  },
);

/** One call as a stranger, made by hand. */
async function call(test: TestNucleus, body: Uint8Array, headers: Record<string, string> = {}) {
  const session = connectHttp2(`https://127.0.0.1:${test.nucleus.port}`, {
    rejectUnauthorized: false,
  });
  session.on("error", () => {});
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": "/orbit.v1.NucleusService/Join",
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    let status: string | undefined;
    const note = (got: Record<string, unknown>) => status ??= got["grpc-status"] as string;
    stream.on("response", note).on("trailers", note).on("error", () => {});
    stream.on("data", () => {});
    const over = new Promise<void>((resolve) => {
      stream.on("close", resolve);
      session.on("close", resolve);
    });
    const frame = new Uint8Array(5 + body.length);
    new DataView(frame.buffer).setUint32(1, body.length);
    frame.set(body, 5);
    stream.end(frame);
    await within(over, "end of the call");
    return status;
  } finally {
    session.destroy();
  }
}

const RESOURCE_EXHAUSTED = "8", INVALID_ARGUMENT = "3";

Deno.test(
  "huge metadata, huge messages and nonsense are refused before any handler",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    assert.equal(await call(test, new Uint8Array(10 << 20)), RESOURCE_EXHAUSTED);
    const metadata = await call(test, new Uint8Array(), { "x-much": "a".repeat(60_000) });
    assert([RESOURCE_EXHAUSTED, undefined].includes(metadata), `${metadata}`);
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`x-${i}`, "a"]));
    assert.notEqual(await call(test, new Uint8Array(), many), "0");
    assert.equal(await call(test, new Uint8Array([0xff, 0xff, 0xff])), INVALID_ARGUMENT);
    assert.deepEqual(refusals(test), []);
    // A request that can be read reaches the handler, which audits what it refuses.
    await call(test, new Uint8Array());
    assert.deepEqual(refusals(test), ["star.join: malformed request"]);
    await letsStarsIn(test);
  },
);

Deno.test(
  "a thousand connections that say nothing keep no Star out",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    await using star = await RawStar.welcomed(await test.join());
    const open = new Set<Socket>();
    for (let i = 0; i < 1000; i++) {
      // Some say nothing, some begin a handshake and never go on.
      const socket = plain(test, i % 2 ? new Uint8Array([0x16, 3, 1, 2, 0, 1]) : new Uint8Array());
      open.add(socket);
      socket.on("error", () => {}).on("close", () => open.delete(socket));
      if (i % 100 === 0) await new Promise((turn) => setTimeout(turn, 0));
    }
    await letsStarsIn(test);
    await star.say({ case: "heartbeat", value: { sequence: 1n } });
    await star.hears("heartbeatAck");
    for (const socket of open) socket.destroy();
    await until(() => open.size === 0, "all of them ended");
  },
);
