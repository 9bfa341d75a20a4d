/** Conformance: calls that are given up, by either side. */
import {
  deepStrictEqual as deepEqual,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import type { CallContext } from "./handlers.ts";
import {
  aborted,
  bidi,
  bytes,
  clientStream,
  isCode,
  never,
  part,
  serverStream,
  type Test,
  unary,
  type Using,
} from "./conformance_help.ts";

export function testEnds(test: Test): void {
  testCancelling(test);
  testDeadlines(test);
  testHandlersThatEnd(test);
  testDeath(test);
}

/** A caller of handlers that hang; their signals are told in the order of the calls. */
async function openHanging(using: Using) {
  const started: AbortSignal[] = [];
  let tell = Promise.withResolvers<void>();
  const hang = (signal: AbortSignal) => {
    started.push(signal);
    tell.resolve();
    tell = Promise.withResolvers();
  };
  const opened = await using({
    star: {
      readHeader(_, { signal }) {
        hang(signal);
        return never();
      },
      async *readFile(_, { signal }) {
        yield { data: bytes("first") };
        hang(signal);
        await never();
      },
    },
    gather(_, { signal }) {
      hang(signal);
      return never();
    },
  });
  const start = async (count: number) => {
    while (started.length < count) await tell.promise;
    return started;
  };
  return { ...opened, start };
}

async function* endless(): AsyncGenerator<ReturnType<typeof part>> {
  for (;;) yield part(new Uint8Array(1000));
}

function testCancelling(test: Test): void {
  test("cancelling rejects with the reason, and the handler's signal aborts", async (using) => {
    const { caller, start } = await openHanging(using);
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const calls = Promise.allSettled([
      caller.unary(unary, {}, options),
      caller.clientStream(clientStream, endless(), options),
      Array.fromAsync(caller.serverStream(serverStream, {}, options)),
    ]);
    const signals = await start(3);
    ok(signals.every((signal) => !signal.aborted));
    const reason = new Error("enough");
    controller.abort(reason);
    for (const call of await calls) equal(call.status === "rejected" && call.reason, reason);
    await Promise.all(signals.map(aborted));
  });

  test("a call with an aborted signal isn't made", async (using) => {
    let ran = false;
    const { caller } = await using({
      star: {
        readHeader() {
          ran = true;
          return Promise.resolve({});
        },
      },
    });
    const reason = new Error("never mind");
    const options = { signal: AbortSignal.abort(reason) };
    await rejects(caller.unary(unary, {}, options), reason);
    await caller.unary(unary, {}).then(() => ok(ran));
  });

  test("leaving a stream's loop cancels the call and ends the handler", async (using) => {
    const ended = Promise.withResolvers<void>();
    const signalled = Promise.withResolvers<unknown>();
    const { caller } = await using({
      star: {
        async *readFile(_, { signal }) {
          aborted(signal).then(signalled.resolve);
          try {
            for (;;) yield { data: new Uint8Array(10_000) };
          } finally {
            ended.resolve();
          }
        },
      },
    });
    for await (const _ of caller.serverStream(serverStream, {})) break;
    await ended.promise;
    await signalled.promise;
  });

  test("a stream that is ended while a message is awaited ends at once", async (using) => {
    const { caller, start } = await openHanging(using);
    const answers = caller.serverStream(serverStream, {})[Symbol.asyncIterator]();
    await answers.next();
    const pending = answers.next();
    const [signal] = await start(1);
    await answers.return!();
    deepEqual(await pending, { done: true, value: undefined });
    deepEqual(await answers.next(), { done: true, value: undefined });
    await aborted(signal);
  });

  test("a stream that nobody reads isn't started", async (using) => {
    const ran: string[] = [];
    const { caller } = await using({
      star: {
        readHeader: () => Promise.resolve({}),
        // deno-lint-ignore require-yield
        async *readFile() {
          ran.push("readFile");
        },
      },
    });
    const answers = caller.serverStream(serverStream, {})[Symbol.asyncIterator]();
    await caller.unary(unary, {});
    await answers.return!();
    deepEqual(await answers.next(), { done: true, value: undefined });
    deepEqual(ran, []);
  });

  test("an error of the requests is the call's own, and cancels it", async (using) => {
    const signalled = Promise.withResolvers<unknown>();
    const { caller } = await using({
      async gather(requests, { signal }) {
        aborted(signal).then(signalled.resolve);
        await Array.fromAsync(requests);
        return {};
      },
    });
    const failure = new RangeError("disk on fire");
    const requests = async function* () {
      yield part(bytes("x"));
      throw failure;
    };
    await rejects(caller.clientStream(clientStream, requests()), failure);
    await signalled.promise;
  });
}

function testDeadlines(test: Test): void {
  test("a call that takes too long fails, and the handler's signal aborts", async (using) => {
    const { caller, start } = await openHanging(using);
    const calls = Promise.allSettled([
      caller.unary(unary, {}, { timeoutMs: 100 }),
      caller.clientStream(clientStream, endless(), { timeoutMs: 100 }),
      Array.fromAsync(caller.serverStream(serverStream, {}, { timeoutMs: 100 })),
    ]);
    for (const call of await calls) {
      ok(call.status === "rejected" && isCode("unavailable")(call.reason));
      equal((call.reason as OrbitError).detail.retryable, true);
    }
    await Promise.all((await start(3)).map(aborted));
  });

  test("a call within its time isn't disturbed", async (using) => {
    const { caller } = await using({ star: { readHeader: () => Promise.resolve({}) } });
    await caller.unary(unary, {}, { timeoutMs: 60_000 });
    await caller.unary(unary, {}, { timeoutMs: Number.MAX_SAFE_INTEGER });
  });
}

function testHandlersThatEnd(test: Test): void {
  test("a call is ended from outside of its handler, though nobody takes its answers", async (using) => {
    const begun = Promise.withResolvers<CallContext>();
    const { caller } = await using({
      star: {
        async *readFile(_, context) {
          begun.resolve(context);
          for (;;) yield { data: new Uint8Array(1 << 20) };
        },
      },
    });
    const answers = caller.serverStream(serverStream, {})[Symbol.asyncIterator]();
    await answers.next();
    const { signal, end } = await begun.promise;
    const over = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => over.resolve());
    end(new OrbitError("denied", "not any more"));
    await over.promise;
    const read = async () => {
      while (!(await answers.next()).done);
    };
    await rejects(read, isCode("denied"));
  });

  test("a handler that refuses midway ends the requests", async (using) => {
    const { caller } = await using({
      async gather(requests) {
        for await (const _ of requests) throw new OrbitError("exhausted", "gather: disk full");
        return {};
      },
    });
    const ended = Promise.withResolvers<void>();
    const requests = async function* () {
      try {
        yield* endless();
      } finally {
        ended.resolve();
      }
    };
    const call = caller.clientStream(clientStream, requests());
    await rejects(call, isCode("exhausted", /disk full/));
    await ended.promise;
  });

  test("a handler may answer before it has read everything", async (using) => {
    const { caller } = await using({
      async gather(requests) {
        for await (const _ of requests) break;
        return { size: 1n };
      },
      nucleus: {
        async *control() {
          yield { message: { case: "heartbeatAck", value: {} } };
        },
      },
    });
    equal((await caller.clientStream(clientStream, endless())).size, 1n);
    const ended = Promise.withResolvers<void>();
    const silent: AsyncIterator<never> = {
      next: never,
      return: () => (ended.resolve(), Promise.resolve({ done: true, value: undefined })),
    };
    const answers = caller.bidi(bidi, { [Symbol.asyncIterator]: () => silent });
    equal((await Array.fromAsync(answers)).length, 1);
    await ended.promise;
  });
}

function testDeath(test: Test): void {
  test("when the connection is lost, both sides know", async (using) => {
    const { caller, start, cut } = await openHanging(using);
    if (!cut) return;
    const calls = Promise.allSettled([
      caller.unary(unary, {}),
      caller.clientStream(clientStream, endless()),
      Array.fromAsync(caller.serverStream(serverStream, {})),
    ]);
    const signals = await start(3);
    cut();
    for (const call of await calls) {
      ok(call.status === "rejected" && isCode("unavailable")(call.reason));
      equal((call.reason as OrbitError).detail.retryable, true);
    }
    await Promise.all(signals.map(aborted));
  });
}
