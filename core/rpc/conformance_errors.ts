/** Conformance: how failures arrive. */
import {
  deepStrictEqual as deepEqual,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { type ErrorCode, OrbitError } from "#core/errors.ts";
import { NucleusService } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import {
  bytes,
  clientStream,
  each,
  isCode,
  part,
  serverStream,
  type Test,
  text,
  unary,
} from "./conformance_help.ts";

const CODES: ErrorCode[] = [
  "invalid",
  "not_found",
  "conflict",
  "unauthenticated",
  "denied",
  "exhausted",
  "unavailable",
  "corrupt",
  "unsupported",
  "internal",
];

export function testErrors(test: Test, maxMessageBytes: number): void {
  test("an error arrives with its code, message and detail", async (using) => {
    const path = "d/\udcff and ü";
    const detail = { path, errno: "ENOSPC", side: "source", retryable: true } as const;
    const { caller } = await using({
      star: {
        readHeader: ({ path: code }) =>
          Promise.reject(new OrbitError(code as ErrorCode, "write ü: 100 % full", { detail })),
      },
    });
    for (const code of CODES) {
      await rejects(caller.unary(unary, { path: code }), (error) => {
        isCode(code)(error);
        const { message, detail: told } = error as OrbitError;
        equal(message, "write ü: 100 % full");
        deepEqual(told, detail);
        return true;
      });
    }
  });

  test("an error with a long path and message arrives", async (using) => {
    const detail = { path: "p".repeat(4090) };
    const { caller } = await using({
      star: {
        readHeader: () => Promise.reject(new OrbitError("denied", "m".repeat(9000), { detail })),
      },
    });
    await rejects(caller.unary(unary, {}), (error) => {
      isCode("denied", /^m{1000}/)(error);
      ok((error as OrbitError).message.length < 5000);
      return true;
    });
  });

  test("an error in the middle of a stream comes after what was sent, if that comes at all", async (using) => {
    const { caller } = await using({
      star: {
        async *readFile() {
          yield { data: bytes("one") };
          yield { data: bytes("two") };
          throw new OrbitError("not_found", "read more: gone");
        },
      },
    });
    const got: string[] = [];
    await rejects(async () => {
      for await (const { data } of caller.serverStream(serverStream, {})) got.push(text(data));
    }, isCode("not_found", /^read more: gone$/));
    deepEqual(got, ["one", "two"].slice(0, got.length));
  });

  test("an unforeseen error is told without its text", async (using) => {
    const { caller } = await using({
      star: {
        readHeader() {
          throw new TypeError("secret /home/someone");
        },
        // deno-lint-ignore require-yield
        async *readFile() {
          throw new TypeError("secret /home/someone");
        },
      },
    });
    const isVague = (error: unknown) =>
      isCode("internal")(error) && !/secret|home/.test((error as OrbitError).message);
    await rejects(caller.unary(unary, {}), isVague);
    await rejects(Array.fromAsync(caller.serverStream(serverStream, {})), isVague);
  });

  test("a refused call reaches no handler", async (using) => {
    const ran: string[] = [];
    const { caller } = await using({
      star: {
        readHeader() {
          ran.push("readHeader");
          return Promise.resolve({});
        },
        // deno-lint-ignore require-yield
        async *readFile() {
          ran.push("readFile");
        },
      },
      gather(requests) {
        ran.push("gather");
        return Array.fromAsync(requests).then(() => ({}));
      },
      admit(method, context) {
        ok(context.peer.length > 0);
        if (context.metadata("x-pass") === `for ${method}`) return;
        throw new OrbitError("unauthenticated", `call ${method}: no session`);
      },
    });
    await rejects(caller.unary(unary, {}), isCode("unauthenticated", /^call ReadHeader/));
    const stream = caller.serverStream(serverStream, {});
    await rejects(Array.fromAsync(stream), isCode("unauthenticated"));
    const sent = caller.clientStream(clientStream, each(part(bytes("x"))));
    await rejects(sent, isCode("unauthenticated"));
    deepEqual(ran, []);
    await caller.unary(unary, {}, { metadata: { "x-pass": "for ReadHeader" } });
    deepEqual(ran, ["readHeader"]);
  });

  test("a method that isn't served is unsupported", async (using) => {
    const { caller } = await using({ star: {} });
    await rejects(caller.unary(unary, {}), isCode("unsupported"));
    await rejects(caller.unary(NucleusService.method.renew, {}), isCode("unsupported"));
    await rejects(Array.fromAsync(caller.serverStream(serverStream, {})), isCode("unsupported"));
    await rejects(caller.clientStream(clientStream, each()), isCode("unsupported"));
  });

  test("a message above the bound is refused, and the caller lives on", async (using) => {
    let ran = 0;
    const large = new Uint8Array(maxMessageBytes + 1);
    const { caller } = await using({
      star: {
        readHeader({ length }) {
          ran++;
          return Promise.resolve({ data: length > 0 ? large : new Uint8Array() });
        },
      },
    });
    await rejects(caller.unary(unary, { pathBytes: large }), isCode("exhausted"));
    equal(ran, 0);
    await rejects(caller.unary(unary, { length: 1 }), isCode("exhausted"));
    equal((await caller.unary(unary, {})).data.length, 0);
  });

  test("metadata that can't be sent is refused", async (using) => {
    const { caller } = await using({ star: { readHeader: () => Promise.resolve({}) } });
    const bad: Record<string, string>[] = [{ "X-Upper": "a" }, { "a-bin": "a" }, {
      "grpc-timeout": "1S",
    }, {
      a: "b\r\nc: d",
    }];
    for (const metadata of bad) {
      await rejects(caller.unary(unary, {}, { metadata }), isCode("invalid"));
    }
    const metadata = { a: "a".repeat(9000) };
    await rejects(caller.unary(unary, {}, { metadata }), isCode("exhausted"));
  });
}
