import {
  deepStrictEqual as deepEqual,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import type { OrbitError } from "#core/errors.ts";
import { type CallFrame } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { ReadFileResponseSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { GatherService } from "../conformance_service.ts";
import { aborted, isCode, never, serverStream, unary } from "../conformance_help.ts";
import type { Handlers } from "../handlers.ts";
import { GrpcStatus } from "../status.ts";
import { frameOf, INITIAL_CREDIT, MAX_REVERSE_CALLS } from "./frames.ts";
import { createReverseCaller } from "./reverse_caller.ts";
import { serveReverse } from "./serve_reverse.ts";

type FrameBody = Parameters<typeof frameOf>[1];

const readHeader = "/orbit.v1.StarService/ReadHeader";
const readFile = "/orbit.v1.StarService/ReadFile";
const gather = "/orbit.test.GatherService/Gather";

/** One side of a stream, with what it sent and why it gave the stream up. */
function records() {
  const sent: CallFrame[] = [];
  const broken: OrbitError[] = [];
  let changed = Promise.withResolvers<void>();
  return {
    sent,
    broken,
    stream: {
      send(frame: CallFrame) {
        sent.push(frame);
        changed.resolve();
        changed = Promise.withResolvers();
      },
      broken: (error: OrbitError) => void broken.push(error),
    },
    /** Waits for the end of a call, and tells its status. */
    async ended(id: number): Promise<number> {
      for (;;) {
        const end = sent.find(({ callId, frame }) => callId === id && frame.case === "end");
        if (end?.frame.case === "end") return end.frame.value.status;
        await changed.promise;
      }
    },
    /** Waits for the first frame of a kind. */
    async first(kind: CallFrame["frame"]["case"]): Promise<CallFrame> {
      for (;;) {
        const found = sent.find(({ frame }) => frame.case === kind);
        if (found) return found;
        await changed.promise;
      }
    },
  };
}

function openServer(
  { gather, ...handlers }: Handlers<typeof StarService> & Handlers<typeof GatherService> = {},
) {
  const side = records();
  const server = serveReverse([
    { service: StarService, handlers },
    { service: GatherService, handlers: { gather } },
  ], side.stream);
  const say = (callId: number, frame: FrameBody) => server.receive(frameOf(callId, frame));
  const start = (callId: number, method: string, credit = INITIAL_CREDIT, timeoutMs = 0) =>
    say(callId, { case: "start", value: { method, credit, timeoutMs } });
  return { ...side, server, say, start };
}

const halfClose: FrameBody = { case: "halfClose", value: {} };

function message(bytes: number): FrameBody {
  return { case: "message", value: new Uint8Array(bytes) };
}

Deno.test("serveReverse ends a call that breaks its rules, and serves the others", async () => {
  const { server, say, start, ended, broken } = openServer({
    readHeader: () => Promise.resolve({}),
    gather: () => never(),
  });
  start(1, "/orbit.v1.StarService/Nothing");
  equal(await ended(1), GrpcStatus.UNIMPLEMENTED);
  start(2, readHeader);
  say(2, message(0)), say(2, message(0)), say(2, halfClose);
  equal(await ended(2), GrpcStatus.INVALID_ARGUMENT);
  start(3, gather);
  say(3, message(10 * 1024 * 1024));
  equal(await ended(3), GrpcStatus.RESOURCE_EXHAUSTED);
  start(4, gather);
  say(4, message(INITIAL_CREDIT)), say(4, message(1));
  equal(await ended(4), GrpcStatus.INVALID_ARGUMENT);
  start(5, gather);
  say(5, halfClose), say(5, message(1));
  equal(await ended(5), GrpcStatus.INVALID_ARGUMENT);
  start(6, gather);
  say(6, { case: "credit", value: 2 ** 32 - 1 });
  equal(await ended(6), GrpcStatus.INVALID_ARGUMENT);
  start(7, gather, INITIAL_CREDIT, 20);
  equal(await ended(7), GrpcStatus.UNAVAILABLE);
  start(8, readHeader);
  say(8, message(0)), say(8, halfClose);
  equal(await ended(8), GrpcStatus.OK);
  deepEqual(broken, []);
  equal(server.calls, 0);
});

Deno.test("serveReverse gives the stream up when its rules are broken", async () => {
  const cases: [string, (opened: ReturnType<typeof openServer>) => void][] = [
    ["a second start", ({ start }) => start(2, gather)],
    ["a start with an older id", ({ start }) => start(1, gather)],
    ["an end", ({ say }) => say(2, { case: "end", value: { status: 0 } })],
    ["an empty frame", ({ say }) => say(2, { case: undefined })],
    ["a call that never was", ({ say }) => say(3, message(1))],
    ["a call without id", ({ say }) => say(0, message(1))],
  ];
  for (const [what, violate] of cases) {
    const signal = Promise.withResolvers<AbortSignal>();
    const opened = openServer({
      gather(_, context) {
        signal.resolve(context.signal);
        return never();
      },
    });
    opened.start(2, gather);
    const held = await signal.promise;
    violate(opened);
    equal(opened.broken.length, 1, what);
    ok(isCode("invalid")(opened.broken[0]));
    await aborted(held);
    equal(opened.server.calls, 0);
    opened.start(9, gather);
    equal(opened.server.calls, 0, "it serves nothing afterwards");
  }
});

Deno.test("serveReverse bounds the calls at once, and frames for calls that are over", async () => {
  const { say, start, ended, server, broken } = openServer({ gather: () => never() });
  for (let id = 1; id <= MAX_REVERSE_CALLS; id++) start(id, gather);
  start(1000, gather);
  equal(await ended(1000), GrpcStatus.RESOURCE_EXHAUSTED);
  equal(server.calls, MAX_REVERSE_CALLS);
  say(7, { case: "cancel", value: {} });
  say(7, { case: "cancel", value: {} });
  say(7, message(1000));
  equal(server.calls, MAX_REVERSE_CALLS - 1);
  deepEqual(broken, []);
  for (let i = 0; i < 100 && broken.length === 0; i++) say(7, message(1024 * 1024));
  equal(broken.length, 1);
});

Deno.test("serveReverse holds a handler that has no credit", async () => {
  let made = 0;
  const { say, start, sent, first, ended } = openServer({
    async *readFile() {
      for (; made < 5; made++) yield { data: new Uint8Array(1000) };
    },
  });
  start(1, readFile, 1);
  say(1, message(0)), say(1, halfClose);
  await first("message");
  for (let i = 0; i < 100; i++) await Promise.resolve();
  equal(sent.length, 1);
  say(1, { case: "credit", value: 3000 });
  while (sent.length < 3) await Promise.resolve();
  equal(made, 2);
  say(1, { case: "credit", value: 1_000_000 });
  equal(await ended(1), GrpcStatus.OK);
});

function openCaller() {
  const side = records();
  const caller = createReverseCaller(side.stream);
  const say = (callId: number, frame: FrameBody) => caller.receive(frameOf(callId, frame));
  return { ...side, caller, say };
}

const answer = toBinary(
  ReadFileResponseSchema,
  create(ReadFileResponseSchema, { data: new Uint8Array(1000) }),
);

Deno.test("createReverseCaller fails a call that the other side answers wrongly", async () => {
  const cases: [string, string, (say: (frame: FrameBody) => void) => void][] = [
    ["corrupt", "not a message", (say) => say({ case: "message", value: Uint8Array.of(255) })],
    ["exhausted", "a message of 10 MB", (say) => say(message(10_000_000))],
    ["invalid", "messages without credit", (say) => {
      for (let i = 0; i < 2000; i++) say({ case: "message", value: answer });
    }],
    ["internal", "a status that isn't one", (say) => {
      say({ case: "end", value: { status: 99, message: "\x1b[31m?" } });
    }],
  ];
  for (const [code, what, misbehave] of cases) {
    const { caller, say, first, broken } = openCaller();
    const answers = caller.serverStream(serverStream, {})[Symbol.asyncIterator]();
    const next = answers.next();
    await first("halfClose");
    misbehave((frame) => say(1, frame));
    await rejects(
      async () => {
        for (let one = await next; !one.done;) one = await answers.next();
      },
      isCode(code),
      what,
    );
    equal(caller.calls, 0);
    deepEqual(broken, []);
    if (code !== "internal") await first("cancel");
  }
});

Deno.test("createReverseCaller gives the stream up when its rules are broken", async () => {
  const frames: [number, FrameBody][] = [
    [1, { case: "start", value: {} }],
    [1, { case: "cancel", value: {} }],
    [1, halfClose],
    [77, message(1)],
  ];
  for (const [id, frame] of frames) {
    const { caller, say, first, broken } = openCaller();
    const call = caller.unary(unary, {});
    call.catch(() => {});
    await first("halfClose");
    say(id, frame);
    equal(broken.length, 1);
    await rejects(call, isCode("unavailable"));
    await rejects(caller.unary(unary, {}), isCode("unavailable"));
  }
});

Deno.test("createReverseCaller bounds its calls, and tells of a stream that takes no more", async () => {
  const { caller, broken } = openCaller();
  const calls = Array.from({ length: MAX_REVERSE_CALLS }, () => caller.unary(unary, {}));
  const ends = Promise.allSettled(calls);
  await rejects(caller.unary(unary, {}), isCode("exhausted"));
  caller.end();
  for (const end of await ends) ok(end.status === "rejected" && isCode("unavailable")(end.reason));
  deepEqual(broken, []);

  const failed: OrbitError[] = [];
  const dead = createReverseCaller({
    send: () => Promise.reject(new Error("write EPIPE")),
    broken: (error) => void failed.push(error),
  });
  await rejects(dead.unary(unary, {}), isCode("unavailable"));
  equal(failed.length, 1);
});

Deno.test("calls take turns in a stream that is slow", async () => {
  const side = records();
  const room: PromiseWithResolvers<void>[] = [];
  const server = serveReverse([{
    service: StarService,
    handlers: {
      readHeader: () => Promise.resolve({}),
      async *readFile() {
        for (;;) yield { data: new Uint8Array(100_000) };
      },
    } satisfies Handlers<typeof StarService>,
  }], {
    ...side.stream,
    send(frame) {
      side.stream.send(frame);
      room.push(Promise.withResolvers());
      return room.at(-1)!.promise;
    },
  });
  const start = (id: number, method: string) => {
    server.receive(frameOf(id, {
      case: "start",
      value: { method, credit: INITIAL_CREDIT },
    }));
    server.receive(frameOf(id, message(0)));
    server.receive(frameOf(id, halfClose));
  };
  start(1, readFile), start(2, readFile);
  await side.first("message");
  for (let i = 0; i < 100; i++) await Promise.resolve();
  equal(side.sent.length, 1, "one frame waits in the stream");
  start(3, readHeader);
  for (let i = 0; i < 4; i++) {
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    room[i].resolve();
  }
  const order = side.sent.slice(0, 4).map(({ callId }) => callId);
  ok(order.includes(3), `call 3 comes among the first: ${order}`);
  ok(order.includes(2), `call 2 too: ${order}`);
  server.end();
});
