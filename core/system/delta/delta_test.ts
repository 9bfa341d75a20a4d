/** Files that changed arrive as they are, and only what changed is sent. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { chunksOf } from "#core/cdc/mod.ts";
import { createMemoryDisk } from "../disk_memory.ts";
import type { Tree } from "../disk.ts";
import { createFaultySystem, type SystemFaultPlan } from "../faulty_system.ts";
import { openInlineSystem } from "../memory_system.ts";
import { type ParcelRecord, ParcelWriter, readParcel } from "../parcel/format.ts";
import { copyOf } from "../system_conformance_bed.ts";
import { bytesAt, noise, pathsIn, rejection, send } from "../system_conformance_help.ts";
import type { ActionOptions, LargeCheckpoint, TransferOptions } from "../system.ts";
import { LARGE_BYTES } from "../work/large.ts";

const KIB = 1024;
/** In one piece, and in segments: the latter with chunks of 64 KiB on average, 256 at most. */
const SMALL = 600 * KIB, LARGE = LARGE_BYTES + 3_000_000;

interface Bed {
  to: Tree;
  send(options?: Partial<ActionOptions>, transfer?: TransferOptions): ReturnType<typeof send>;
  arrived(): Promise<Uint8Array>;
  paths(): Promise<string[]>;
  /** Bytes of the parcels that came from the source. */
  sent(): number;
}

/** A file at the source, and one that it is to replace. */
async function openBed(
  now: Uint8Array,
  before: Uint8Array | undefined,
  plan: (to: Tree) => SystemFaultPlan = () => ({}),
): Promise<Bed> {
  const disk = createMemoryDisk({ roots: ["/from", "/to"] });
  write(disk.openTree("/from"), now);
  const to = disk.openTree("/to");
  if (before !== undefined) write(to, before);
  let sent = 0;
  const faults = plan(to);
  const system = createFaultySystem(await openInlineSystem(disk), {
    ...faults,
    mutatePiece(piece, call, index) {
      const pieces = faults.mutatePiece?.(piece, call, index) ?? [piece];
      for (const { length } of pieces) sent += length;
      return pieces;
    },
  });
  const target = await openInlineSystem(disk);
  const bed = { system, base: "/from", target, targetBase: "/to" };
  return {
    to,
    send: (options, transfer) => send(bed, [copyOf("file", now.length)], options, transfer),
    arrived: () => bytesAt(target, "/to/file"),
    paths: () => pathsIn(target, "/to"),
    sent: () => sent,
  };
}

function write(tree: Tree, bytes: Uint8Array): void {
  if (tree.facts("file") !== null) tree.removeFile("file");
  using file = tree.createFile("file");
  file.write(bytes, 0);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

interface Edit {
  at: number;
  removed: number;
  inserted: number;
}

function edited(bytes: Uint8Array, edits: Edit[]): Uint8Array {
  for (const [i, { at, removed, inserted }] of edits.entries()) {
    const from = at % (bytes.length + 1);
    const rest = bytes.subarray(Math.min(bytes.length, from + removed));
    bytes = joined(bytes.subarray(0, from), noise(inserted, 1000 + i), rest);
  }
  return bytes;
}

const edits = fc.array(
  fc.record({ at: fc.nat(SMALL), removed: fc.nat(5000), inserted: fc.nat(5000) }),
  { maxLength: 5 },
);

Deno.test("any edits arrive, and little but them is sent", async () => {
  await fc.assert(
    fc.asyncProperty(edits, async (list) => {
      const before = noise(SMALL), now = edited(before, list);
      const bed = await openBed(now, before);
      const [{ error, bytes, matched = 0 }] = await bed.send();
      deepEqual([error, bytes], [undefined, now.length]);
      deepEqual(await bed.arrived(), now);
      // Of each edit a chunk at either end, and some until the cuts are in step again.
      const most = list.reduce((sum, { inserted }) => sum + inserted + 6 * 32 * KIB, 0);
      ok(now.length - matched <= most, `${now.length - matched} of ${list.length} edits`);
    }),
    { numRuns: 25 },
  );
});

Deno.test("a large file with one byte more at the front sends a chunk or two", async () => {
  const before = noise(LARGE), now = joined(new Uint8Array([1]), before);
  const bed = await openBed(now, before);
  const [{ error, bytes, verified, matched }] = await bed.send();
  deepEqual([error, bytes, verified], [undefined, now.length, now.length]);
  ok(matched! >= now.length - 512 * KIB, `${now.length - matched!} sent`);
  ok(bed.sent() < 700 * KIB, `${bed.sent()} bytes`);
  deepEqual(await bed.arrived(), now);
  deepEqual(await bed.paths(), ["file"]);
});

Deno.test("between two edits that cancel each other out a large file is found, too", async () => {
  const before = noise(LARGE), at = 20 * 2 ** 20;
  // For half a mebibyte, which is a few chunks, all lies elsewhere by a byte.
  const now = edited(before, [
    { at, removed: 0, inserted: 1 },
    { at: at + 2 ** 19, removed: 1, inserted: 0 },
    { at: at + 2 ** 24, removed: 10, inserted: 10 },
  ]);
  const bed = await openBed(now, before);
  const [{ error, matched }] = await bed.send();
  equal(error, undefined);
  ok(now.length - matched! < 4 * 256 * KIB, `${now.length - matched!} sent`);
  deepEqual(await bed.arrived(), now);
});

Deno.test("parts that moved are found, wherever they went", async () => {
  const before = noise(LARGE), half = LARGE >> 1;
  const now = joined(before.subarray(half), noise(100_000, 7), before.subarray(0, half));
  const bed = await openBed(now, before);
  const [{ error, matched }] = await bed.send();
  equal(error, undefined);
  ok(matched! >= now.length - 1024 * KIB, `${now.length - matched!} sent`);
  deepEqual(await bed.arrived(), now);
});

for (const [what, size] of [["small", SMALL], ["large", LARGE]] as const) {
  const before = noise(size), now = joined(noise(10, 3), before);

  Deno.test(`a ${what} file goes whole with wholeFile, and where there is nothing alike`, async () => {
    for (const [old, options] of [[before, { wholeFile: true }], [noise(size, 5), {}]] as const) {
      const bed = await openBed(now, old);
      const [{ error, matched }] = await bed.send(options);
      deepEqual([error, matched], [undefined, undefined]);
      ok(bed.sent() > now.length);
      deepEqual(await bed.arrived(), now);
    }
  });

  Deno.test(`a ${what} file arrives when what it replaces changes or goes meanwhile`, async () => {
    const changes: ((to: Tree) => void)[] = [
      (to) => write(to, noise(size, 9)),
      (to) => write(to, before.subarray(0, 100_000)),
      (to) => to.removeFile("file"),
    ];
    for (const change of changes) {
      let count = 0;
      const bed = await openBed(now, before, (to) => ({
        mutatePiece(parcel) {
          // With the last of the recipe: the destination's own chunks are known by then.
          const isRecipe = recordsOf(parcel).some(({ kind }) => kind === "chunks");
          if (isRecipe && ++count === (size === LARGE ? 3 : 1)) queueMicrotask(() => change(to));
          return [parcel];
        },
      }));
      const [{ error }] = await bed.send();
      equal(error, undefined);
      ok(count > 0);
      deepEqual(await bed.arrived(), now);
      deepEqual(await bed.paths(), ["file"]);
    }
  });

  Deno.test(`a ${what} file isn't made of what a source says untruly`, async () => {
    // Of some chunk: another hash, which nothing has.
    const lying = rewriting((hashes) => hashes[40] ^= 1);
    const bed = await openBed(now, before, () => lying);
    const [{ error }] = await bed.send();
    if (size === LARGE) {
      deepEqual([error?.code, error?.detail.retryable], ["corrupt", true]);
      deepEqual(await bed.arrived(), new Uint8Array(before));
    } else {
      // What can't be patched is sent whole, and verified as any other.
      equal(error, undefined);
      deepEqual(await bed.arrived(), now);
    }
    deepEqual(await bed.paths(), ["file"]);
  });

  Deno.test(`a ${what} file fails when bytes flip on the way, and nothing is left`, async () => {
    const bed = await openBed(now, before, () => ({
      mutatePiece(parcel) {
        for (const record of recordsOf(parcel)) {
          if (record.kind === "data") record.bytes[record.bytes.length >> 1] ^= 4;
        }
        return [parcel];
      },
    }));
    const [{ error }] = await bed.send();
    deepEqual([error?.code, error?.detail.retryable], ["corrupt", true]);
    deepEqual(await bed.arrived(), new Uint8Array(before));
    deepEqual(await bed.paths(), ["file"]);
  });

  Deno.test(`a recipe of a ${what} file that can't be one is refused`, async () => {
    const lies: ((lengths: Uint32Array) => void)[] = [
      (lengths) => lengths[0] = 0,
      (lengths) => lengths[0] = 2 ** 31,
      (lengths) => lengths[0]--,
      (lengths) => lengths.fill(3),
    ];
    for (const lie of lies) {
      const bed = await openBed(now, before, () => rewriting(() => {}, lie));
      const [{ error }] = await bed.send();
      if (size === LARGE) equal(error?.code, "corrupt");
      else deepEqual(await bed.arrived(), now);
      deepEqual(await bed.paths(), ["file"]);
    }
  });
}

function recordsOf(parcel: Uint8Array): ParcelRecord[] {
  return [...readParcel(parcel as Uint8Array<ArrayBuffer>)];
}

/** Parcels with recipes that aren't true. */
function rewriting(
  hash: (hashes: Uint8Array) => unknown,
  lengths: (lengths: Uint32Array) => unknown = () => {},
): SystemFaultPlan {
  return {
    mutatePiece(parcel) {
      const records = recordsOf(parcel);
      if (!records.some(({ kind }) => kind === "chunks")) return [parcel];
      using writer = new ParcelWriter();
      for (const record of records) {
        if (record.kind === "open") writer.open(record.index, record.file);
        if (record.kind === "close") writer.close(record.index, record.hash);
        if (record.kind !== "chunks") continue;
        hash(record.chunks.hashes);
        lengths(record.chunks.lengths);
        writer.chunks(record.index, record.chunks, 0);
      }
      return [writer.take()];
    },
  };
}

Deno.test("an interrupted delta goes on where it was", async () => {
  const before = noise(LARGE), now = joined(noise(100, 3), before);
  const bed = await openBed(now, before);
  const controller = new AbortController();
  const { signal } = controller;
  let last: LargeCheckpoint | undefined;
  const pending = bed.send({ keepPartial: true }, {
    signal,
    onCheckpoint(_index, checkpoint) {
      last = structuredClone(checkpoint);
      controller.abort(new Error("interrupted"));
    },
  });
  equal(await rejection(pending), signal.reason);
  const done = Object.keys(last!.segments).length;
  ok(done > 0 && done * last!.segmentBytes < LARGE);
  const checkpoints = new Map([[0, last!]]);
  const [{ error, resumed, bytes }] = await bed.send({ keepPartial: true }, { checkpoints });
  equal(error, undefined);
  ok(resumed! >= last!.segmentBytes - 256 * KIB, `${resumed} resumed`);
  equal(resumed! + bytes, now.length);
  deepEqual(await bed.arrived(), now);
  deepEqual(await bed.paths(), ["file"]);
});

Deno.test("a source that tells no recipes sends its files whole", async () => {
  const before = noise(SMALL), now = joined(before, noise(10, 3));
  for (const [old, size] of [[before, now.length], [noise(LARGE), LARGE + 10]] as const) {
    const content = size === LARGE + 10 ? joined(old, noise(10, 3)) : now;
    const bed = await openBed(content, old, () => ({
      mutatePiece(parcel) {
        const records = recordsOf(parcel);
        if (!records.some(({ kind }) => kind === "chunks")) return [parcel];
        using writer = new ParcelWriter();
        for (const record of records) {
          if (record.kind === "open") writer.open(record.index, record.file);
          if (record.kind === "close") writer.close(record.index, record.hash);
        }
        return [writer.take()];
      },
    }));
    const [{ error, matched }] = await bed.send();
    deepEqual([error, matched], [undefined, undefined]);
    deepEqual(await bed.arrived(), content);
  }
});

Deno.test("recipes that ask for too much, or for nothing, are refused", async () => {
  const disk = createMemoryDisk({ roots: ["/from"] });
  write(disk.openTree("/from"), noise(SMALL));
  const system = await openInlineSystem(disk);
  const sizes = { min: 2 * KIB, avg: 8 * KIB, max: 32 * KIB };
  const askFor = async (recipe: { from: number; until: number; parameters?: typeof sizes }) => {
    const item = { source: 0, path: "file", length: 0, recipe: { parameters: sizes, ...recipe } };
    const request = { sources: ["/from"], items: [item], followLinks: false };
    const [parcel] = await Array.fromAsync(system.pack(request));
    return recordsOf(parcel);
  };
  const bad = [
    { from: 0, until: 0 },
    { from: 5, until: 2 },
    { from: -1, until: 2 },
    { from: 0, until: 65 * 2 ** 20 },
    { from: 0, until: Infinity },
    { from: 0, until: 100, parameters: { min: 1, avg: 2, max: 3 } },
  ];
  for (const recipe of bad) {
    const last = (await askFor(recipe)).at(-1)!;
    equal(last.kind === "fail" && last.error.code, "invalid", JSON.stringify(recipe));
  }
  const records = await askFor({ from: 0, until: 64 * 2 ** 20 });
  let end = 0;
  for (const record of records) {
    if (record.kind === "chunks") {
      end = [...chunksOf({ ...record.chunks, offset: end })].at(-1)!.offset;
    }
  }
  deepEqual(records.map(({ kind }) => kind), ["open", "chunks", "close"]);
  ok(end > SMALL - 32 * KIB && end < SMALL);
});
