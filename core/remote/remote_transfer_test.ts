/** Transfers within one Star, as its caller sees them. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { createInProcessCaller } from "#core/rpc/mod.ts";
import type {
  Action,
  ActionResult,
  LargeCheckpoint,
  OrbitSystem,
  TransferOptions,
  TransferRequest,
} from "#core/system/mod.ts";
import { openRemoteSystem } from "./remote_system.ts";
import { serveSystem } from "./serve.ts";
import { HOW } from "./test_star.ts";

type TransferTo = (request: TransferRequest, options: TransferOptions) => Promise<ActionResult[]>;

/** A remote system whose transfers `run` carries out. */
function remoteOf(run: TransferTo, told?: (bytes: number) => void): OrbitSystem {
  const transferTo = (_: OrbitSystem, request: TransferRequest, options: TransferOptions) =>
    run(request, options);
  const caller = createInProcessCaller([
    serveSystem({ name: "far", transferTo } as unknown as OrbitSystem),
  ]);
  const { bidi } = caller;
  caller.bidi = (method, requests, options) => {
    const answers = bidi(method, requests, options);
    return (async function* () {
      for await (const answer of answers) {
        const { news } = answer as unknown as { news: { case: string; value: unknown } };
        if (news.case === "checkpoint") {
          told?.((news.value as { checkpoint: { hashes: Uint8Array } }).checkpoint.hashes.length);
        }
        yield answer;
      }
    })();
  };
  return openRemoteSystem({ caller, name: "far" });
}

const copy = (path: string): Action => ({
  ...{ kind: "copy", path, sourcePath: path, source: 0, size: 1, metadata: {} },
});
const request = (count = 1): TransferRequest => ({
  sources: ["/from"],
  base: "/to",
  actions: Array.from({ length: count }, (_, i) => copy(`f${i}`)),
  options: HOW,
});
const done = ({ actions }: TransferRequest) => actions.map(() => ({ bytes: 1, verified: 1 }));
const hex = (digit: string) => digit.repeat(64);
const progress = (segments: Record<number, string>, sourceVersion = "1"): LargeCheckpoint => ({
  ...{ sourceVersion, staged: ".staged", segmentBytes: 32, segments },
});
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("checkpoints come whole, though only what is new of them travels", async () => {
  const steps = [
    progress({ 0: hex("a") }),
    progress({ 0: hex("a"), 1: hex("b") }),
    progress({ 0: hex("a"), 1: hex("b"), 5: hex("c") }),
    progress({ 2: hex("d") }, "2"),
  ];
  const lengths: number[] = [];
  const system = remoteOf(async (request, { onCheckpoint }) => {
    for (const step of steps) {
      onCheckpoint!(0, step);
      await turn();
    }
    return done(request);
  }, (length) => lengths.push(length));
  const seen: LargeCheckpoint[] = [];
  await system.transferTo(system, request(), { onCheckpoint: (_, one) => seen.push(one) });
  deepEqual(seen, steps);
  deepEqual(lengths, [32, 32, 32, 32]);
});

Deno.test("earlier checkpoints reach the Star", async () => {
  let found: Map<number, LargeCheckpoint> | undefined;
  const system = remoteOf((request, { checkpoints }) => {
    found = checkpoints;
    return Promise.resolve(done(request));
  });
  const earlier = new Map([[1, progress({ 3: hex("e"), 4: hex("f") })]]);
  await system.transferTo(system, request(2), { checkpoints: earlier });
  deepEqual(found, earlier);
});

Deno.test("a batch of any size goes in several calls, results and checkpoints in order", async () => {
  let calls = 0;
  const system = remoteOf((request, { onCheckpoint }) => {
    calls++;
    onCheckpoint!(request.actions.length - 1, progress({}));
    return Promise.resolve(request.actions.map(({ path }) => (
      { bytes: Number(path.slice(1)), verified: 0 }
    )));
  });
  const indexes: number[] = [];
  const results = await system.transferTo(system, request(600), {
    onCheckpoint: (index) => indexes.push(index),
  });
  equal(calls, 3);
  deepEqual(results.map(({ bytes }) => bytes), Array.from({ length: 600 }, (_, i) => i));
  deepEqual(indexes, [255, 511, 599]);
});

Deno.test("bytes move only when the caller lets them", async () => {
  const order: string[] = [];
  const system = remoteOf(async (request, { pace, onBytes }) => {
    for (const bytes of [3, 4]) {
      await pace!(bytes);
      order.push(`moved ${bytes}`);
      onBytes!(bytes, 0);
    }
    return done(request);
  });
  await system.transferTo(system, request(), {
    async pace(bytes) {
      await turn();
      order.push(`granted ${bytes}`);
    },
    onBytes: (written) => order.push(`told ${written}`),
  });
  deepEqual(order, ["granted 3", "moved 3", "told 3", "granted 4", "moved 4", "told 4"]);
});

Deno.test("an aborted transfer rejects once its Star has ended what it was at", async () => {
  let ended = false;
  const started = Promise.withResolvers<void>();
  const system = remoteOf(async (_, { signal }) => {
    started.resolve();
    await new Promise((resolve) => signal!.addEventListener("abort", resolve));
    await turn();
    ended = true;
    throw signal!.reason;
  });
  const controller = new AbortController();
  const pending = system.transferTo(system, request(), { signal: controller.signal });
  await started.promise;
  controller.abort(new Error("enough"));
  equal(await pending.catch((error) => error), controller.signal.reason);
  equal(ended, true);
});
