import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { type CallContext, createInProcessCaller, type Served } from "#core/rpc/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { SessionCaller } from "./session_caller.ts";

const { readHeader, readFile } = StarService.method;

/** A Star that opens sessions and forgets them when it is told to. */
class Bed {
  readonly clock = new ManualClock();
  readonly sessions = new Set<string>();
  handshakes = 0;
  calls = 0;
  /** How long sessions last. */
  lastsMs = 60_000;
  /** What calls fail with, whatever session they show. */
  trouble: OrbitError | undefined;
  readonly caller: SessionCaller;

  constructor() {
    const admit = (_: string, context: CallContext) => {
      this.calls++;
      if (this.trouble) throw this.trouble;
      if (this.sessions.has(context.metadata("x-orbit-session") ?? "")) return;
      throw new OrbitError("unauthenticated", "no such session");
    };
    const star: Served<typeof StarService> = {
      service: StarService,
      admit,
      handlers: {
        readHeader: () => Promise.resolve({ data: new Uint8Array(1) }),
        async *readFile() {
          yield { data: new Uint8Array(1) };
        },
      },
    };
    this.caller = new SessionCaller(createInProcessCaller([star]), this.clock, async () => {
      const id = `session ${++this.handshakes}`;
      await Promise.resolve();
      this.sessions.add(id);
      return { id, endsAt: this.clock.elapsed() + this.lastsMs };
    });
  }

  call(): Promise<unknown> {
    return this.caller.unary(readHeader, {});
  }
}

const isCode = (code: string) => (error: unknown) =>
  error instanceof OrbitError && error.code === code;

Deno.test("a hundred calls that wait share one handshake", async () => {
  const bed = new Bed();
  await Promise.all(Array.from({ length: 100 }, () => bed.call()));
  assert.equal(bed.handshakes, 1);
  assert.equal(bed.calls, 100);
});

Deno.test("a session whose time is over is replaced before it is used", async () => {
  const bed = new Bed();
  await bed.call();
  await bed.clock.advance(bed.lastsMs - 1);
  await bed.call();
  assert.equal(bed.handshakes, 1);
  await bed.clock.advance(1);
  await Promise.all(Array.from({ length: 100 }, () => bed.call()));
  assert.equal(bed.handshakes, 2);
});

Deno.test("after a restart of the Star there is one handshake, for calls and streams", async () => {
  const bed = new Bed();
  await bed.call();
  bed.sessions.clear();
  const stream = async () => {
    for await (const _ of bed.caller.serverStream(readFile, {}));
  };
  await Promise.all(Array.from({ length: 100 }, (_, i) => i % 2 ? bed.call() : stream()));
  assert.equal(bed.handshakes, 2);
});

Deno.test("a Star that knows none of its sessions is asked twice a call, not for ever", async () => {
  const bed = new Bed();
  bed.trouble = new OrbitError("unauthenticated", "never heard of it");
  await assert.rejects(bed.call(), isCode("unauthenticated"));
  assert.equal(bed.calls, 2);
});

Deno.test("a Star whose sessions are over at once is refused, not asked for ever", async () => {
  const bed = new Bed();
  bed.lastsMs = 0;
  await assert.rejects(bed.call(), isCode("denied"));
  assert(bed.handshakes <= 2, `${bed.handshakes}`);
  assert.equal(bed.calls, 0);
});

Deno.test("a Star that wasn't reached is asked for a new session before the next call", async () => {
  const bed = new Bed();
  await bed.call();
  bed.trouble = new OrbitError("unavailable", "gone");
  await assert.rejects(bed.call(), isCode("unavailable"));
  assert.equal(bed.calls, 2);
  bed.trouble = undefined;
  await Promise.all([bed.call(), bed.call()]);
  assert.equal(bed.handshakes, 2);
});

Deno.test("a handshake that fails fails those who wait for it, and the next call tries again", async () => {
  const clock = new ManualClock();
  let handshakes = 0;
  const caller = new SessionCaller(createInProcessCaller([]), clock, async () => {
    await Promise.resolve();
    throw new OrbitError("unavailable", `handshake ${++handshakes}`);
  });
  const { signal } = new AbortController();
  const both = await Promise.allSettled([caller.ready(signal), caller.ready(signal)]);
  assert(both.every(({ status }) => status === "rejected"));
  assert.equal(handshakes, 1);
  await assert.rejects(caller.ready(signal), /handshake 2/);
});
