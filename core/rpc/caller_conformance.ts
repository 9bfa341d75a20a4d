/** What every `Caller` must do, whatever carries its calls: run over each of them. */
import { deepEqual, equal } from "node:assert/strict";
import { NucleusService } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import type { Caller } from "./caller.ts";
import type { AnyServed, CallContext, Handlers } from "./handlers.ts";

/** A caller, and the end of it. */
export interface ConformanceCaller extends AsyncDisposable {
  caller: Caller;
}

/** Opens a caller of these services over one transport. */
export type OpenCaller = (served: readonly AnyServed[]) => Promise<ConformanceCaller>;

const { readHeader, readFile } = StarService.method;

type StarHandlers = Handlers<typeof StarService>;
type NucleusHandlers = Handlers<typeof NucleusService>;

interface Services {
  star?: StarHandlers;
  nucleus?: NucleusHandlers;
  admit?: (method: string, context: CallContext) => void;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

/** Defines the tests for one transport. */
export function testCaller(name: string, open: OpenCaller): void {
  const test = (
    what: string,
    run: (using: (services: Services) => Promise<Caller>) => Promise<void>,
  ) =>
    Deno.test(`${name}: ${what}`, async () => {
      await using stack = new AsyncDisposableStack();
      await run(async ({ star = {}, nucleus = {}, admit }) => {
        const opened = await open([
          { service: StarService, handlers: star, admit },
          { service: NucleusService, handlers: nucleus, admit },
        ]);
        stack.use(opened);
        return opened.caller;
      });
    });

  testAnswers(test);
}

type Test = (
  what: string,
  run: (using: (services: Services) => Promise<Caller>) => Promise<void>,
) => void;

function testAnswers(test: Test): void {
  test("a unary call brings request and answer", async (using) => {
    const caller = await using({
      star: {
        readHeader: ({ path, length }) => Promise.resolve({ data: bytes(`${path}:${length}`) }),
      },
    });
    const { data } = await caller.unary(readHeader, { path: "a", length: 7 });
    equal(text(data), "a:7");
  });

  test("a server stream brings every answer in order, then ends", async (using) => {
    const caller = await using({
      star: {
        async *readFile({ length }) {
          for (let i = 0; i < Number(length); i++) yield { data: bytes(`${i}`) };
        },
      },
    });
    const got: string[] = [];
    for await (const { data } of caller.serverStream(readFile, { length: 300n })) {
      got.push(text(data));
    }
    deepEqual(got, Array.from({ length: 300 }, (_, i) => `${i}`));
  });

  test("a server stream may be empty", async (using) => {
    const caller = await using({ star: { async *readFile() {} } });
    deepEqual(await Array.fromAsync(caller.serverStream(readFile, {})), []);
  });
}
