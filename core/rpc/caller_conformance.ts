/** What every `Caller` must do, whatever carries its calls: run over each of them. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { testEnds } from "./conformance_ends.ts";
import { testErrors } from "./conformance_errors.ts";
import { testFlow } from "./conformance_flow.ts";
import {
  bidi,
  bytes,
  clientStream,
  each,
  type OpenCaller,
  part,
  type Sanitizers,
  serverStream,
  type Test,
  testOver,
  text,
  unary,
} from "./conformance_help.ts";

/** Defines the tests for one transport, whose messages are bounded by `maxMessageBytes`. */
export function testCaller(
  name: string,
  maxMessageBytes: number,
  open: OpenCaller,
  sanitizers: Sanitizers = {},
): void {
  const test = testOver(name, open, sanitizers);
  testAnswers(test, maxMessageBytes);
  testErrors(test, maxMessageBytes);
  testEnds(test);
  testFlow(test);
}

function testAnswers(test: Test, maxMessageBytes: number): void {
  test("a unary call brings request and answer", async (using) => {
    const { caller } = await using({
      star: {
        readHeader: ({ path, length }) => Promise.resolve({ data: bytes(`${path}:${length}`) }),
      },
    });
    equal(text((await caller.unary(unary, { path: "a", length: 7 })).data), "a:7");
  });

  test("messages without content arrive", async (using) => {
    const { caller } = await using({ star: { readHeader: () => Promise.resolve({}) } });
    equal((await caller.unary(unary, {})).data.length, 0);
  });

  test("a message just below the bound arrives, both ways", async (using) => {
    const { caller } = await using({
      star: {
        readHeader: ({ pathBytes }) => Promise.resolve({ data: pathBytes }),
      },
    });
    const pathBytes = new Uint8Array(maxMessageBytes - 16).fill(7);
    const { data } = await caller.unary(unary, { pathBytes });
    equal(data.length, pathBytes.length);
    equal(data.at(-1), 7);
  });

  test("a server stream brings every answer in order, then ends", async (using) => {
    const { caller } = await using({
      star: {
        async *readFile({ length }) {
          for (let i = 0; i < Number(length); i++) yield { data: bytes(`${i}`) };
        },
      },
    });
    const answers = await Array.fromAsync(caller.serverStream(serverStream, { length: 300n }));
    deepEqual(answers.map(({ data }) => text(data)), Array.from({ length: 300 }, (_, i) => `${i}`));
  });

  test("a server stream may be empty", async (using) => {
    const { caller } = await using({ star: { async *readFile() {} } });
    deepEqual(await Array.fromAsync(caller.serverStream(serverStream, {})), []);
  });

  test("a client stream brings every request in order", async (using) => {
    const { caller } = await using({
      async gather(requests) {
        const seen = await Array.fromAsync(requests, ({ data }) => text(data));
        return { size: BigInt(seen.length), hash: bytes(seen.join()) };
      },
    });
    const requests = Array.from({ length: 300 }, (_, i) => part(bytes(`${i}`)));
    const { size: count, hash } = await caller.clientStream(clientStream, each(...requests));
    equal(count, 300n);
    equal(text(hash), Array.from({ length: 300 }, (_, i) => `${i}`).join());
  });

  test("a client stream may be empty", async (using) => {
    const { caller } = await using({
      async gather(requests) {
        return { size: BigInt((await Array.fromAsync(requests)).length) };
      },
    });
    equal((await caller.clientStream(clientStream, each())).size, 0n);
  });

  test("a conversation goes back and forth", async (using) => {
    const { caller } = await using({
      nucleus: {
        async *control(requests) {
          for await (const { message } of requests) {
            if (message.case !== "heartbeat") continue;
            const { sequence } = message.value;
            yield { message: { case: "heartbeatAck", value: { sequence: sequence * 2n } } };
          }
        },
      },
    });
    let said: PromiseWithResolvers<bigint> = Promise.withResolvers();
    const beats = async function* () {
      for (let i = 0; i < 50; i++) {
        const sequence = await said.promise;
        said = Promise.withResolvers();
        yield { message: { case: "heartbeat" as const, value: { sequence } } };
      }
    };
    said.resolve(1n);
    const heard: bigint[] = [];
    for await (const { message } of caller.bidi(bidi, beats())) {
      if (message.case !== "heartbeatAck") continue;
      heard.push(message.value.sequence);
      said.resolve(BigInt(heard.length + 1));
    }
    deepEqual(heard, Array.from({ length: 50 }, (_, i) => BigInt(2 * (i + 1))));
  });

  test("metadata reaches the handler", async (using) => {
    const { caller } = await using({
      star: {
        readHeader: (_, context) =>
          Promise.resolve({ data: bytes(`${context.metadata("x-a")},${context.metadata("x-b")}`) }),
      },
    });
    const { data } = await caller.unary(unary, {}, { metadata: { "x-a": "one two" } });
    equal(text(data), "one two,undefined");
  });
}
