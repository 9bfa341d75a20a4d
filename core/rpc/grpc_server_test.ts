import { ok, rejects, strictEqual as equal } from "node:assert/strict";
import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { createLogger, MemorySink } from "#core/log/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import {
  aborted,
  bytes,
  isCode,
  KEEPS_TIMERS,
  never,
  serverStream,
  unary,
} from "./conformance_help.ts";
import { openGrpcCaller } from "./grpc_client.ts";
import { createGrpcServer, type GrpcServerOptions } from "./grpc_server.ts";
import type { Handlers } from "./handlers.ts";
import { HTTP2_WINDOW_BYTES } from "./http2_window.ts";
import { openPlainPort } from "./plain_port.ts";

async function openServer(
  handlers: Handlers<typeof StarService>,
  options: GrpcServerOptions = {},
) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(createGrpcServer([{ service: StarService, handlers }], options));
  const port = stack.use(
    await openPlainPort({
      hostname: "127.0.0.1",
      port: 0,
      accept: (socket) => server.inject(socket),
    }),
  );
  const address = `127.0.0.1:${port.port}`;
  const caller = stack.use(openGrpcCaller({ address, tls: null }));
  return { server, port, caller, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** One call made by hand: these bytes as the body, and how the server answers. */
async function callByHand(port: number, body: Uint8Array, headers: Record<string, string> = {}) {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": "/orbit.v1.StarService/ReadHeader",
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    const told = new Promise<IncomingHttpHeaders>((resolve) => {
      stream.on("response", (headers) => headers["grpc-status"] && resolve(headers));
      stream.on("trailers", resolve);
      stream.on("error", () => resolve({ "grpc-status": "reset" }));
      stream.on("close", () => resolve({ "grpc-status": "closed" }));
    });
    stream.resume();
    stream.end(body);
    const status = (await told)["grpc-status"];
    return `${status}`;
  } finally {
    session.destroy();
  }
}

/** A message as it lies in gRPC's stream. */
function framed(message: Uint8Array, length = message.length): Uint8Array {
  const frame = new Uint8Array(5 + message.length);
  new DataView(frame.buffer).setUint32(1, length);
  frame.set(message, 5);
  return frame;
}

Deno.test(
  "createGrpcServer refuses what is no proper call, before its handler",
  KEEPS_TIMERS,
  async () => {
    let ran = 0;
    await using opened = await openServer({
      readHeader() {
        ran++;
        return Promise.resolve({});
      },
    });
    const { port } = opened.port;
    equal(await callByHand(port, framed(Uint8Array.of(0xff, 0xff))), "3");
    equal(await callByHand(port, new Uint8Array()), "3");
    equal(await callByHand(port, framed(new Uint8Array(), 5 * 1024 * 1024)), "8");
    const twice = new Uint8Array([...framed(new Uint8Array()), ...framed(new Uint8Array())]);
    equal(await callByHand(port, twice), "3");
    equal(
      await callByHand(port, framed(new Uint8Array()), { ":path": "/orbit.v1.Nothing/At" }),
      "12",
    );
    equal(await callByHand(port, framed(new Uint8Array()), { "x-large": "x".repeat(20_000) }), "8");
    equal(ran, 0);
    equal(await callByHand(port, framed(new Uint8Array())), "0");
    equal(ran, 1);
  },
);

Deno.test(
  "createGrpcServer has wide windows, whatever grpc-js does inside",
  KEEPS_TIMERS,
  async () => {
    await using opened = await openServer({});
    const session = connectHttp2(`http://127.0.0.1:${opened.port.port}`);
    const settings = await new Promise<{ initialWindowSize?: number }>((resolve) => {
      session.on("remoteSettings", resolve);
    });
    equal(settings.initialWindowSize, HTTP2_WINDOW_BYTES);
    session.destroy();
  },
);

Deno.test("createGrpcServer serves no more calls than it may", KEEPS_TIMERS, async () => {
  const held = Promise.withResolvers<void>();
  await using opened = await openServer({
    readHeader: ({ path }) => path === "wait" ? held.promise.then(() => ({})) : Promise.resolve({}),
  }, { maxCalls: 1 });
  const { caller, server } = opened;
  const first = caller.unary(unary, { path: "wait" });
  while (server.calls === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await rejects(caller.unary(unary, {}), isCode("exhausted"));
  held.resolve();
  await first;
  await caller.unary(unary, {});
});

Deno.test("drain lets calls end, and takes no new ones", KEEPS_TIMERS, async () => {
  const held = Promise.withResolvers<void>();
  await using opened = await openServer({
    readHeader: ({ path }) => path === "wait" ? held.promise.then(() => ({})) : Promise.resolve({}),
  });
  const { caller, server } = opened;
  const first = caller.unary(unary, { path: "wait" });
  while (server.calls === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const drained = server.drain(60_000);
  await rejects(caller.unary(unary, {}), isCode("unavailable"));
  held.resolve();
  await first;
  await drained;
  equal(server.calls, 0);
});

Deno.test("drain ends what takes too long", KEEPS_TIMERS, async () => {
  let signal: AbortSignal | undefined;
  await using opened = await openServer({
    async *readFile(_, context) {
      ({ signal } = context);
      yield { data: bytes("first") };
      await never();
    },
  });
  const answers = opened.caller.serverStream(serverStream, {})[Symbol.asyncIterator]();
  await answers.next();
  await opened.server.drain(20);
  await rejects(answers.next(), isCode("unavailable"));
  await aborted(signal!);
  equal(opened.server.calls, 0);
});

Deno.test("an unforeseen error is logged where it happened", KEEPS_TIMERS, async () => {
  const sink = new MemorySink();
  await using opened = await openServer({
    readHeader() {
      throw new RangeError("off by one");
    },
  }, { log: createLogger({ sink }) });
  await rejects(opened.caller.unary(unary, {}), isCode("internal"));
  ok(sink.lines.some((line) => /ReadHeader/.test(line) && /off by one/.test(line)));
});

Deno.test("openPlainPort listens on this machine only", KEEPS_TIMERS, async () => {
  for (const hostname of ["0.0.0.0", "::", "192.0.2.1", "example.org"]) {
    await rejects(openPlainPort({ hostname, port: 0, accept() {} }), isCode("denied"));
  }
  await using taken = await openPlainPort({ hostname: "127.0.0.1", port: 0, accept() {} });
  const again = openPlainPort({ hostname: "127.0.0.1", port: taken.port, accept() {} });
  await rejects(again, isCode("conflict", /taken/));
});
