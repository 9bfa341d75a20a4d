import {
  deepStrictEqual as deepEqual,
  match,
  rejects,
  strictEqual as equal,
  throws,
} from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { ManualClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { createLogger, MemorySink } from "#core/log/mod.ts";
import type { ActionResult, LargeCheckpoint, WorkName } from "#core/system/mod.ts";
import { ClaimTransfersRequestSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import { serveClaim } from "../serve_claim.ts";
import type { TransferNews } from "../transfer_news.ts";
import { encodeJournal, type JournalFile } from "./journal.ts";
import { Transfers } from "./transfers.ts";
import type { Listening, Work } from "./work.ts";

const GONE = new Error("the caller is gone");
const DONE: ActionResult[] = [{ bytes: 5, verified: 5, size: 5 }];
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const checkpoint = (segments: number): LargeCheckpoint => ({
  ...{ sourceVersion: "v", staged: ".s", segmentBytes: 32 },
  segments: Object.fromEntries(Array.from({ length: segments }, (_, i) => [i, "a".repeat(64)])),
});

/** A journal's file that is kept in memory. */
class MemoryFile implements JournalFile {
  bytes: Uint8Array | null = null;
  read = () => Promise.resolve(this.bytes);
  write = (bytes: Uint8Array) => Promise.resolve(void (this.bytes = bytes));
}

/** A batch whose work a test does. */
class Batch {
  readonly work: Work;
  readonly listening: Listening;
  news!: TransferNews;
  signal!: AbortSignal;
  /** What it is at, and when it has really ended after it was stopped. */
  readonly end = Promise.withResolvers<ActionResult[]>();
  hasBegun = false;

  constructor(transfers: Transfers, name: Partial<WorkName> | undefined, canGoOn = true) {
    const whole = name && { job: "j", fence: 1, step: "transfer", ...name };
    this.work = transfers.begin({ name: whole, paths: ["a"], canGoOn }, (news, signal) => {
      this.hasBegun = true;
      this.news = news;
      this.signal = signal;
      return this.end.promise;
    });
    this.listening = this.work.listen();
  }

  /** Ends as one that was stopped does. */
  stopped(): void {
    this.end.reject(this.signal.reason);
  }
}

async function begin(
  transfers: Transfers,
  name: Partial<WorkName> | undefined = {},
  canGoOn = true,
): Promise<Batch> {
  const batch = new Batch(transfers, name, canGoOn);
  await turn();
  return batch;
}

async function refused(attempt: () => unknown): Promise<void> {
  const error = await Promise.resolve().then(attempt).then(() => undefined, (error) => error);
  equal(error instanceof OrbitError && error.code, "conflict");
}

Deno.test("a named batch goes on without its caller, and is claimed with all it did", async () => {
  const transfers = Transfers.create({});
  const batch = await begin(transfers);
  const { listening } = batch;
  batch.news.moved(3, 2);
  batch.news.checkpoint(0, checkpoint(1));
  equal([...batch.news.take()].length, 2);
  await transfers.leave(listening, GONE);
  equal(transfers.alone, 1);
  equal(batch.signal.aborted, false);
  batch.news.moved(4, 4);
  batch.news.checkpoint(0, checkpoint(2));

  const { records, listening: [claimed] } = await transfers.claim({ job: "j", fence: 2 });
  deepEqual(records, []);
  const told = [...batch.news.take()].map(({ news }) => news);
  const [moved, progress] = told;
  equal(moved?.case === "progress" && moved.value.written, 7n);
  equal(progress?.case === "checkpoint" && progress.value.checkpoint!.segments!.length, 2);
  batch.end.resolve(DONE);
  await batch.work.over;
  deepEqual(claimed.work.end, { results: DONE });
  equal(transfers.alone, 0);
});

Deno.test("a batch whose claimant left before it was told anything goes on alone", async () => {
  const journal: JournalFile = new MemoryFile(), written = Promise.withResolvers<void>();
  const transfers = await Transfers.open({ journal, clock: new ManualClock() });
  const batch = await begin(transfers);
  await transfers.leave(batch.listening, GONE);
  journal.write = () => written.promise;
  const gone = new AbortController();
  const request = create(ClaimTransfersRequestSchema, { job: "j", fence: 2n });
  const claiming = Array.fromAsync(serveClaim({ transfers, signal: gone.signal }, request));
  await turn();
  gone.abort(GONE);
  written.resolve();
  await rejects(claiming, GONE);
  equal(transfers.alone, 1);
  equal(batch.signal.aborted, false);
  batch.end.resolve(DONE);
  await transfers[Symbol.asyncDispose]();
});

Deno.test("what ended alone is kept, told to whoever claims it, and to the next one if need be", async () => {
  const transfers = Transfers.create({});
  const batch = await begin(transfers);
  await transfers.leave(batch.listening, GONE);
  batch.end.resolve(DONE);
  await batch.work.over;
  for (const fence of [2, 3]) {
    const { records, listening } = await transfers.claim({ job: "j", fence });
    equal(listening.length, 0);
    deepEqual(records.map(({ paths, results }) => [paths, results]), [[["a"], DONE]]);
    transfers.heard(records);
  }
  deepEqual((await transfers.claim({ job: "other", fence: 1 })).records, []);
});

Deno.test("a batch without a name, or whose content comes from its caller, ends with it", async () => {
  const transfers = Transfers.create({});
  for (const [name, canGoOn] of [[undefined, true], [{}, false]] as const) {
    const batch = new Batch(transfers, name, canGoOn);
    await turn();
    let hasLeft = false;
    const leaving = transfers.leave(batch.listening, GONE).then(() => hasLeft = true);
    equal(batch.signal.aborted, true);
    await turn();
    equal(hasLeft, false, "before it has really ended");
    batch.stopped();
    await leaving;
  }
  deepEqual((await transfers.claim({ job: "j", fence: 1 })).records, []);
});

Deno.test("a newer attempt begins once the older one's work has really ended, and it alone", async () => {
  const transfers = Transfers.create({});
  const old = await begin(transfers);
  const alone = await begin(transfers);
  await transfers.leave(alone.listening, GONE);
  const newer = await begin(transfers, { fence: 2 });
  const others = await begin(transfers, { job: "other" });
  equal(others.hasBegun, true);
  equal(old.signal.aborted && alone.signal.aborted, true);
  equal(newer.hasBegun, false);
  old.stopped();
  await turn();
  equal(newer.hasBegun, false, "one is still at work");
  alone.stopped();
  await turn();
  equal(newer.hasBegun, true);
  match((old.work.end as { error: Error }).error.message, /attempt 2 of job j took its place/);
  await refused(() => new Batch(transfers, { fence: 1 }));
  await refused(() => transfers.claim({ job: "j", fence: 1 }));
  await refused(() => transfers.stop({ job: "j", fence: 1 }));
  const second = await begin(transfers, { fence: 2 });
  equal(second.hasBegun, true, "batches of one attempt work side by side");
  equal(newer.signal.aborted, false);
});

Deno.test("three attempts in a row: each waits for those before it", async () => {
  const transfers = Transfers.create({});
  const batches = [];
  for (const fence of [1, 2, 3]) batches.push(await begin(transfers, { fence }));
  const [first, second, third] = batches;
  deepEqual(batches.map(({ hasBegun }) => hasBegun), [true, false, false]);
  first.stopped();
  await turn();
  deepEqual(batches.map(({ hasBegun }) => hasBegun), [true, false, true]);
  equal((second.work.end as { error: OrbitError }).error.code, "conflict");
  equal(third.signal.aborted, false);
});

Deno.test("who still listens to an older attempt is told who took its place", async () => {
  const transfers = Transfers.create({});
  const batch = await begin(transfers);
  const { listening } = batch;
  const { listening: [claimed] } = await transfers.claim({ job: "j", fence: 2 });
  equal(listening.isOver && (listening.reason as OrbitError).code, "conflict");
  await transfers.leave(listening, GONE);
  equal(transfers.alone, 0, "the one that took its place listens");
  equal(batch.signal.aborted, false);
  await transfers.leave(claimed, GONE);
  equal(transfers.alone, 1);
  batch.end.resolve(DONE);
  await batch.work.over;
});

Deno.test("stop ends what goes on alone, and forgets what was kept", async () => {
  const transfers = Transfers.create({});
  const over = await begin(transfers);
  await transfers.leave(over.listening, GONE);
  over.end.resolve(DONE);
  const batch = await begin(transfers);
  await transfers.leave(batch.listening, GONE);
  const stopping = transfers.stop({ job: "j", fence: 1 });
  await turn();
  equal(batch.signal.aborted, true);
  batch.stopped();
  await stopping;
  deepEqual(await transfers.claim({ job: "j", fence: 2 }), { records: [], listening: [] });
});

Deno.test("only so many go on alone, and not for ever", async () => {
  const clock = new ManualClock();
  const transfers = Transfers.create({ clock });
  const batches = [];
  for (let job = 0; job < 32; job++) {
    const batch = await begin(transfers, { job: `j${job}` });
    await transfers.leave(batch.listening, GONE);
    batches.push(batch);
  }
  const more = await begin(transfers);
  void transfers.leave(more.listening, GONE);
  equal(more.signal.aborted, true);
  more.stopped();
  equal(batches.some(({ signal }) => signal.aborted), false);
  await clock.advance(12 * 3_600_000);
  equal(batches.every(({ signal }) => signal.aborted), true);
  for (const batch of batches) batch.stopped();
  await transfers[Symbol.asyncDispose]();
});

Deno.test("what goes on alone keeps to its job's bandwidth, with nobody to grant it", async () => {
  const clock = new ManualClock();
  const transfers = Transfers.create({ clock });
  const name = { bytesPerSecond: 1000 };
  const batches = [await begin(transfers, name), await begin(transfers, name)];
  let moved = 0;
  const move = async ({ news }: Batch) => {
    await news.ask(1000);
    moved++;
    await move({ news } as Batch);
  };
  for (const batch of batches) void move(batch).catch(() => {});
  for (const batch of batches) await transfers.leave(batch.listening, GONE);
  for (let second = 0; second < 10; second++) await clock.advance(1000);
  equal(moved >= 9 && moved <= 11, true, `${moved} moved`);
  for (const batch of batches) batch.end.resolve(DONE);
  await transfers[Symbol.asyncDispose]();
  equal(clock.sleeping, 0);
});

Deno.test("the next process knows fences, results and checkpoints of what was left", async () => {
  const clock = new ManualClock();
  const journal = new MemoryFile();
  {
    const transfers = await Transfers.open({ journal, clock });
    const over = await begin(transfers, { fence: 2 });
    await transfers.leave(over.listening, GONE);
    over.end.resolve(DONE);
    const large = await begin(transfers, { fence: 2 });
    await transfers.leave(large.listening, GONE);
    large.news.checkpoint(0, checkpoint(3));
    await clock.advance(1000);
    await clock.advance(1000);
    // Nothing more is done: its process died.
  }
  const transfers = await Transfers.open({ journal, clock });
  throws(() => new Batch(transfers, { fence: 1 }), { code: "conflict" });
  const { records } = await transfers.claim({ job: "j", fence: 3 });
  deepEqual(records.map(({ results }) => results), [DONE, undefined]);
  deepEqual(records[1].checkpoints, new Map([[0, checkpoint(3)]]));
  transfers.heard(records);
  await transfers[Symbol.asyncDispose]();
  const later = await Transfers.open({ journal, clock });
  deepEqual((await later.claim({ job: "j", fence: 3 })).records, []);
});

Deno.test("an attended batch leaves the journal alone", async () => {
  const journal = new MemoryFile();
  const transfers = await Transfers.open({ journal, clock: new ManualClock() });
  const batch = await begin(transfers);
  const { listening } = batch;
  batch.news.checkpoint(0, checkpoint(1));
  batch.end.resolve(DONE);
  await batch.work.over;
  batch.work.heard.told = true;
  await transfers.leave(listening, GONE);
  await transfers[Symbol.asyncDispose]();
  equal(journal.bytes, null);
});

Deno.test("a journal that is damaged is left aside with a warning", async () => {
  const sink = new MemorySink();
  const journal = new MemoryFile();
  journal.bytes = encodeJournal({ fences: [{ job: "j", fence: 9 }], records: [] }).subarray(1);
  const transfers = await Transfers.open({ journal, log: createLogger({ sink }) });
  equal(sink.lines.length, 1);
  equal((await begin(transfers)).hasBegun, true);
});

Deno.test("a Star that stops ends all work, and keeps what is worth keeping", async () => {
  const closing = new AbortController();
  const journal = new MemoryFile();
  const clock = new ManualClock();
  const transfers = await Transfers.open({ journal, clock, signal: closing.signal });
  const alone = await begin(transfers);
  await transfers.leave(alone.listening, GONE);
  alone.news.checkpoint(0, checkpoint(4));
  const attended = await begin(transfers, { job: "k" });
  const { listening } = attended;
  closing.abort(new Error("stopping"));
  equal(alone.signal.aborted && attended.signal.aborted, true);
  alone.stopped();
  attended.stopped();
  await transfers.leave(listening, GONE);
  await transfers[Symbol.asyncDispose]();
  const next = await Transfers.open({ journal, clock });
  const { records } = await next.claim({ job: "j", fence: 2 });
  deepEqual(records.map(({ checkpoints }) => checkpoints.get(0)), [checkpoint(4)]);
});
