/** Conformance: who is faster waits, and calls don't disturb each other. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { Caller } from "./caller.ts";
import {
  bytes,
  clientStream,
  part,
  serverStream,
  type Test,
  text,
  unary,
} from "./conformance_help.ts";

/** A stream of 100 MiB, of which at most a fifth may lie between maker and taker. */
const PIECES = 400;
const PIECE_BYTES = 256 * 1024;
const MAX_AHEAD = PIECES / 5;

/** Waits until a number stands still: two looks with a hundred other calls between are equal. */
async function untilStill(caller: Caller, look: () => number): Promise<number> {
  for (let before = -1;;) {
    for (let i = 0; i < 100; i++) await caller.unary(unary, {});
    const now = look();
    if (now === before) return now;
    before = now;
  }
}

export function testFlow(test: Test): void {
  test("answers that aren't taken hold their handler, and no other call", async (using) => {
    let made = 0;
    const { caller } = await using({
      star: {
        readHeader: () => Promise.resolve({}),
        async *readFile() {
          while (made < PIECES) {
            made++;
            yield { data: new Uint8Array(PIECE_BYTES) };
          }
        },
      },
    });
    const answers = caller.serverStream(serverStream, {})[Symbol.asyncIterator]();
    await answers.next();
    const ahead = await untilStill(caller, () => made);
    ok(ahead <= MAX_AHEAD, `${ahead} messages ahead`);
    let taken = 1;
    while (!(await answers.next()).done) taken++;
    equal(taken, PIECES);
  });

  test("requests that aren't taken hold their maker, and no other call", async (using) => {
    const go = Promise.withResolvers<void>();
    const { caller } = await using({
      star: { readHeader: () => Promise.resolve({}) },
      async gather(requests) {
        let taken = 0;
        for await (const _ of requests) {
          if (taken++ === 0) await go.promise;
        }
        return { size: BigInt(taken) };
      },
    });
    let made = 0;
    const requests = async function* () {
      while (made < PIECES) {
        made++;
        yield part(new Uint8Array(PIECE_BYTES));
      }
    };
    const call = caller.clientStream(clientStream, requests());
    const ahead = await untilStill(caller, () => made);
    ok(ahead <= MAX_AHEAD, `${ahead} messages ahead`);
    go.resolve();
    equal((await call).size, BigInt(PIECES));
  });

  test("many calls at once each get their own answers", async (using) => {
    const { caller } = await using({
      star: {
        readHeader: ({ path }) => Promise.resolve({ data: bytes(path) }),
        async *readFile({ path, length }) {
          for (let i = 0; i < Number(length); i++) yield { data: bytes(`${text(path)}.${i}`) };
        },
      },
    });
    await Promise.all(Array.from({ length: 100 }, async (_, call) => {
      equal(text((await caller.unary(unary, { path: `u${call}` })).data), `u${call}`);
      const stream = caller.serverStream(serverStream, { path: bytes(`s${call}`), length: 20n });
      const got = await Array.fromAsync(stream, ({ data }) => text(data));
      deepEqual(got, Array.from({ length: 20 }, (_, i) => `s${call}.${i}`));
    }));
  });
}
