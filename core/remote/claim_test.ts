/** Batches that lose their caller, and whoever comes back for them. */
import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { createInProcessCaller } from "#core/rpc/mod.ts";
import type {
  Action,
  ActionResult,
  ClaimNews,
  OrbitSystem,
  TransferOptions,
  TransferRequest,
} from "#core/system/mod.ts";
import type { ClaimTransfersResponseSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import { openRemoteSystem } from "./remote_system.ts";
import { serveSystem } from "./serve.ts";
import { HOW, refusedAsLie, systemOf, telling } from "./test_star.ts";

const copy = (path: string): Action => ({
  ...{ kind: "copy", path, sourcePath: path, source: 0, size: 1, metadata: {} },
});
const REQUEST: TransferRequest = {
  sources: ["/from"],
  base: "/to",
  actions: [copy("a"), copy("b")],
  options: HOW,
};
const RESULTS: ActionResult[] = [{ bytes: 1, verified: 1 }, { bytes: 2, verified: 2 }];
const CHECKPOINT = {
  ...{ sourceVersion: "v", staged: ".s", segmentBytes: 32 },
  segments: { 0: "a".repeat(64) },
};
const NAME = { job: "j", fence: 1, step: "transfer" };
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A Star whose one batch a test carries out. */
class SlowStar {
  readonly system: OrbitSystem;
  readonly begun = Promise.withResolvers<TransferOptions>();
  readonly end = Promise.withResolvers<ActionResult[]>();

  constructor() {
    const transferTo = async (_: OrbitSystem, __: TransferRequest, options: TransferOptions) => {
      const { signal } = options;
      this.begun.resolve(options);
      signal!.addEventListener("abort", () => this.end.reject(signal!.reason));
      return await this.end.promise;
    };
    this.end.promise.catch(() => {});
    const files = { name: "far", transferTo } as unknown as OrbitSystem;
    const caller = createInProcessCaller([serveSystem(files, { limits: { beatMs: 5 } })]);
    this.system = openRemoteSystem({ caller, name: "far" });
  }

  /** Begins a batch whose caller goes away in the middle of it, for a reason. */
  async loseCaller(goesOn: boolean): Promise<TransferOptions> {
    const controller = new AbortController();
    const options = { signal: controller.signal, name: NAME, goesOn: () => goesOn };
    const moving = this.system.transferTo(this.system, REQUEST, options);
    const star = await this.begun.promise;
    star.onBytes!(3, 1);
    await turn();
    controller.abort(new Error("away"));
    await rejects(moving, /away/);
    return star;
  }
}

const kinds = (news: ClaimNews[]) => news.map(({ kind }) => kind);

Deno.test("a batch goes on without its caller; a claim tells all of it, and its end", async () => {
  const star = new SlowStar();
  const { signal, onBytes, onCheckpoint } = await star.loseCaller(true);
  equal(signal!.aborted, false);
  onBytes!(4, 2);
  onCheckpoint!(1, CHECKPOINT);
  const claim = star.system.claim!({ job: "j", fence: 2 });
  const news: ClaimNews[] = [];
  for await (const one of claim) {
    news.push(one);
    if (one.kind === "checkpoint") star.end.resolve(RESULTS);
  }
  deepEqual(news, [
    { batch: 1, kind: "begin", step: "transfer", paths: ["a", "b"] },
    { batch: 1, kind: "progress", written: 7, verified: 3 },
    { batch: 1, kind: "checkpoint", index: 1, checkpoint: CHECKPOINT },
    { batch: 1, kind: "results", results: RESULTS },
  ]);
  await rejects(star.system.transferTo(star.system, REQUEST, { name: NAME }), { code: "conflict" });
});

Deno.test("a batch that isn't wanted any more ends at once, attended or alone", async () => {
  const attended = new SlowStar();
  equal((await attended.loseCaller(false)).signal!.aborted, true);

  const alone = new SlowStar();
  const { signal } = await alone.loseCaller(true);
  await alone.system.endWork!(NAME);
  equal(signal!.aborted, true);
  deepEqual(await Array.fromAsync(alone.system.claim!({ job: "j", fence: 2 })), []);
});

Deno.test("who gives a claim up leaves the batch to go on, or ends it", async () => {
  for (const goesOn of [true, false]) {
    const star = new SlowStar();
    const { signal } = await star.loseCaller(true);
    const controller = new AbortController();
    const options = { signal: controller.signal, goesOn: () => goesOn };
    const reading = Array.fromAsync(star.system.claim!({ job: "j", fence: 2 }, options), () => {
      controller.abort(new Error("given up"));
    });
    await rejects(reading, /given up/);
    equal(signal!.aborted, !goesOn);
    star.end.resolve(RESULTS);
    await turn();
    const later = await Array.fromAsync(star.system.claim!({ job: "j", fence: 3 }));
    deepEqual(kinds(later), goesOn ? ["begin", "results"] : []);
  }
});

Deno.test("a Star that knows nothing of claims has nothing to tell", async () => {
  const system = systemOf({});
  deepEqual(await Array.fromAsync(system.claim!({ job: "j", fence: 2 })), []);
  await system.endWork!({ job: "j", fence: 2 });
});

type Answer = MessageInitShape<typeof ClaimTransfersResponseSchema>;

const BEGIN: Answer["news"] = {
  case: "begin",
  value: { step: "transfer", paths: [new Uint8Array([97])] },
};
const LARGE: Answer["news"] = {
  case: "begin",
  value: { step: "transfer", paths: Array(1000).fill(new Uint8Array(4096).fill(97)) },
};
const LIES: [string, Answer[]][] = [
  ["begin.paths", Array.from({ length: 17 }, (_, i) => ({ transfer: i + 1, news: LARGE }))],
  ["transfer", [{ transfer: 2, news: BEGIN }]],
  ["transfer", [{ transfer: 1, news: BEGIN }, { transfer: 1, news: BEGIN }]],
  ["transfer", [{ transfer: 1, news: { case: "lost", value: {} } }]],
  ["news", [{ transfer: 1, news: BEGIN }]],
  ["results", [{ transfer: 1, news: BEGIN }, {
    ...{ transfer: 1, news: { case: "results", value: { results: [{}, {}] } } },
  }]],
  ["checkpoint.index", [{ transfer: 1, news: BEGIN }, {
    ...{ transfer: 1, news: { case: "checkpoint", value: { index: 1, checkpoint: {} } } },
  }]],
  ["progress.written", [{ transfer: 1, news: BEGIN }, {
    ...{ transfer: 1, news: { case: "progress", value: { written: 2n ** 60n } } },
  }]],
];

Deno.test("a Star that tells of batches what can't be is not believed", async (t) => {
  for (const [index, [field, answers]] of LIES.entries()) {
    await t.step(`${index}: ${field}`, async () => {
      const { handler: claimTransfers } = telling(answers);
      const system = systemOf({ claimTransfers });
      await refusedAsLie(Array.fromAsync(system.claim!({ job: "j", fence: 2 })), field);
    });
  }
});

Deno.test("names of work that can't be are refused", async () => {
  const { system } = new SlowStar();
  const claims = [{ job: "", fence: 1 }, { job: "a/b", fence: 1 }, {
    job: "x".repeat(65),
    fence: 1,
  }];
  for (const claim of [...claims, { job: "j", fence: 0 }]) {
    await rejects(Array.fromAsync(system.claim!(claim)), { code: "invalid" });
    const name = { ...claim, step: "transfer" };
    await rejects(system.transferTo(system, REQUEST, { name }), { code: "invalid" });
  }
});
