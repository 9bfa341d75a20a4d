import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { createLogger, MemorySink } from "#core/log/mod.ts";
import fc from "fast-check";
import { decodeJournal, encodeJournal, JournalKeeper } from "./journal.ts";
import type { WorkRecord } from "./records.ts";

const hex = (digit: string) => digit.repeat(64);

function recordOf(change: Partial<WorkRecord> = {}): WorkRecord {
  return {
    ...{
      job: "j1",
      step: "transfer",
      paths: ["a", "b/\uDCFF"],
      atMs: 1_000,
      heard: { told: false },
    },
    checkpoints: new Map([[1, {
      ...{ sourceVersion: "v", staged: ".s", segmentBytes: 32 },
      segments: { 0: hex("a"), 7: hex("b") },
    }]]),
    results: undefined,
    ...change,
  };
}

Deno.test("a journal says again what was written, names of any bytes among it", () => {
  const records = [
    recordOf(),
    recordOf({
      checkpoints: new Map(),
      results: [
        { bytes: 3, verified: 3, size: 3 },
        { bytes: 0, verified: 0, error: { code: "denied", message: "no", detail: {} } },
      ],
    }),
  ];
  const fences = [{ job: "j0", fence: 1 }, { job: "j1", fence: 7 }];
  deepEqual(decodeJournal(encodeJournal({ fences, records })), { fences, records });
});

Deno.test("a journal that is torn, or changed anywhere, is corrupt and nothing else", () => {
  const whole = encodeJournal({ fences: [{ job: "j", fence: 2 }], records: [recordOf()] });
  const isCorrupt = (error: unknown) => error instanceof OrbitError && error.code === "corrupt";
  for (let end = 0; end < whole.length; end++) {
    throws(() => decodeJournal(whole.subarray(0, end)), isCorrupt);
  }
  fc.assert(fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
    const bytes = whole.slice();
    bytes[at] ^= bits;
    throws(() => decodeJournal(bytes), isCorrupt);
  }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    throws(() => decodeJournal(bytes), isCorrupt);
  }));
});

Deno.test("a journal has a bound: the oldest records are left out", () => {
  const path = "x".repeat(60_000);
  const records = Array.from({ length: 200 }, (_, atMs) => recordOf({ paths: [path, path], atMs }));
  const bytes = encodeJournal({ fences: [], records });
  equal(bytes.length <= 8 << 20, true);
  const { records: left } = decodeJournal(bytes);
  equal(left.at(-1)!.atMs, 199);
  equal(left[0].atMs, 200 - left.length);
});

Deno.test("JournalKeeper writes many changes at once, and what is left when it ends", async () => {
  const clock = new ManualClock();
  const written: Uint8Array[] = [];
  let fence = 0;
  const keeper = new JournalKeeper({
    file: {
      read: () => Promise.resolve(null),
      write: (bytes) => Promise.resolve(void written.push(bytes)),
    },
    ...{ clock, log: createLogger({ sink: new MemorySink() }) },
    content: () => ({ fences: [{ job: "j", fence }], records: [] }),
  });
  for (fence = 1; fence < 100; fence++) keeper.changed();
  equal(written.length, 0);
  await clock.advance(1000);
  equal(written.length, 1);
  fence = 200;
  await keeper.flush();
  fence = 300;
  keeper.changed();
  await keeper[Symbol.asyncDispose]();
  const told = written.map((bytes) => decodeJournal(bytes).fences[0].fence);
  deepEqual(told, [100, 200, 300]);
});

Deno.test("JournalKeeper warns once of a disk that takes nothing, and goes on", async () => {
  const sink = new MemorySink();
  let isFull = true;
  let writes = 0;
  const keeper = new JournalKeeper({
    file: {
      read: () => Promise.resolve(null),
      write: () => (writes++, isFull ? Promise.reject(new Error("full")) : Promise.resolve()),
    },
    ...{ clock: new ManualClock(), log: createLogger({ sink }) },
    content: () => ({ fences: [], records: [] }),
  });
  await keeper.flush();
  await keeper.flush();
  equal(sink.lines.length, 1);
  isFull = false;
  await keeper.flush();
  equal(writes, 3);
  isFull = true;
  await keeper.flush();
  isFull = false;
  await keeper[Symbol.asyncDispose]();
  equal(writes, 5, "what there was no room for is written in the end");
});
