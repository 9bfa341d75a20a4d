/** Stars that say nothing, or not enough. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import type { CallContext } from "#core/rpc/mod.ts";
import { type OrbitSystem, ScanBatchBuilder } from "#core/system/mod.ts";
import { toRows } from "./codec/rows.ts";
import { HOW, type StarHandlers, systemOf } from "./test_star.ts";

/** Answers never come; the signals of all calls are kept. */
function silence() {
  const signals: AbortSignal[] = [];
  const never = (_: unknown, { signal }: CallContext) => {
    signals.push(signal);
    return new Promise<never>(() => {});
  };
  async function* nothing(request: unknown, context: CallContext): AsyncGenerator<never> {
    yield await never(request, context);
  }
  return { signals, never, nothing };
}

const drain = async (stream: AsyncIterable<unknown>) => {
  for await (const _ of stream);
};
const ACTION = { kind: "delete", path: "a", directory: false } as const;
const PACK = { sources: ["/"], items: [{ source: 0, path: "a" }], followLinks: false };
const TRANSFER = { sources: ["/"], base: "/", actions: [ACTION], options: HOW };

const CALLS: Record<string, (system: OrbitSystem, signal?: AbortSignal) => Promise<unknown>> = {
  getFeatures: (system, signal) => system.features({ signal }),
  inspect: (system, signal) => system.inspect("/a", { signal }),
  readHeader: (system, signal) => system.readHeader("/a", 1, { signal }),
  readHeaders: (system, signal) => system.readHeaders("/", ["a"], 1, { signal }),
  calculateHash: (system, signal) => system.calculateHash("/a", 0, 1, { signal }),
  hashFiles: (system, signal) => system.hashFiles("/", ["a"], { signal }),
  chunkFile: (system, signal) => drain(system.chunkFile("/a", undefined, { signal })),
  readFile: (system, signal) => drain(system.openStream("/a", {}, { signal })),
  scanTree: (system, signal) => system.scanDirectory("/a", { signal }),
  perform: (system, signal) => system.perform("/", [ACTION], HOW, { signal }),
  pack: (system, signal) => drain(system.pack(PACK, { signal })),
  transfer: (system, signal) => system.transferTo(system, TRANSFER, { signal }),
};

const STREAMS = ["pack", "hashFiles", "chunkFile", "readFile", "scanTree", "transfer"];

function silentStar() {
  const { signals, never, nothing } = silence();
  const handlers = Object.fromEntries(
    Object.keys(CALLS).map((name) => [name, STREAMS.includes(name) ? nothing : never]),
  ) as StarHandlers;
  return { signals, handlers };
}

for (const [name, call] of Object.entries(CALLS)) {
  Deno.test(`${name} of a silent Star ends, and its call with it`, async () => {
    const { signals, handlers } = silentStar();
    const timeouts = { silenceMs: 5, slowestBytesPerSecond: 1e9 };
    const error = await call(systemOf(handlers, timeouts)).catch((error) => error);
    if (!(error instanceof OrbitError)) throw error;
    equal(error.code, "unavailable");
    equal(error.detail.retryable, true);
    match(error.message, /on Star "liar": no answer for 0.005 s/);
    deepEqual(signals.map((signal) => signal.aborted), [true]);
  });

  Deno.test(`${name} of a silent Star can be aborted`, async () => {
    const { signals, handlers } = silentStar();
    const controller = new AbortController();
    const pending = call(systemOf(handlers, { graceMs: 5 }), controller.signal);
    pending.catch(() => {});
    while (signals.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    controller.abort(new Error("enough"));
    equal(await pending.catch((error) => error), controller.signal.reason);
    deepEqual(signals.map((signal) => signal.aborted), [true]);
  });
}

Deno.test("a stream that falls silent ends", async () => {
  async function* readFile() {
    yield { data: new Uint8Array(1) };
    await new Promise(() => {});
  }
  const system = systemOf({ readFile }, { silenceMs: 5 });
  const error = await drain(system.openStream("/a")).catch((error) => error);
  equal(error.code, "unavailable");
});

Deno.test("signs of life keep a call that takes longer than silence may", async () => {
  const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
  async function* hashFiles() {
    for (let i = 0; i < 5; i++) {
      await turn();
      yield {};
    }
    yield { hashes: [{ hash: new Uint8Array(32), size: 3n }], bytes: 3n };
  }
  const [{ size }] = await systemOf({ hashFiles }, { silenceMs: 60 }).hashFiles("/", ["a"]);
  equal(size, 3);
});

Deno.test("a hash to the end of a file gets the time that the file's size needs", async () => {
  const answer = Promise.withResolvers<{ hash: Uint8Array }>();
  const asked: string[] = [];
  const handlers: StarHandlers = {
    calculateHash: () => answer.promise,
    inspect: ({ path }) => {
      asked.push(new TextDecoder().decode(path));
      queueMicrotask(() => answer.resolve({ hash: new Uint8Array(32) }));
      const builder = new ScanBatchBuilder();
      const base = builder.addRow(new Uint8Array(0));
      builder.rows.set([0o100644, 0, 0, 1, 1_000_000], base);
      return Promise.resolve({ rows: toRows(builder.take()) });
    },
  };
  const timeouts = { silenceMs: 5, slowestBytesPerSecond: 1000 };
  const hash = await systemOf(handlers, timeouts).calculateHash("/a", 0, 0);
  equal(hash.length, 32);
  deepEqual(asked, ["/a"]);
});
