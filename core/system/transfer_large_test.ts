import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { openBlake3, toHex } from "#core/hash/mod.ts";
import { systemError } from "#core/errors.ts";
import type { Disk, Tree } from "./disk.ts";
import { createFaultyDisk, type FaultPlan } from "./disk_faulty.ts";
import { createMemoryDisk } from "./disk_memory.ts";
import { openInlineSystem } from "./memory_system.ts";
import { hasLibc, openLocalHost } from "./system_beds.ts";
import { copyOf } from "./system_conformance_bed.ts";
import { find, noise, pathsIn, rejection, send } from "./system_conformance_help.ts";
import type { ActionOptions, LargeCheckpoint, OrbitSystem, TransferOptions } from "./system.ts";
import { LARGE_BYTES, segmentBytesOf } from "./work/large.ts";

/** Just above the threshold: nine segments, the last one short. */
const SIZE = LARGE_BYTES + 5_000_000;
const SEGMENT_BYTES = segmentBytesOf(SIZE);
const COPY = copyOf("file", SIZE);
/** Data in the first and the last segment; those between are holes. */
const ISLANDS = [[0, noise(300_000, 1)], [LARGE_BYTES + 4_000_000, noise(70_000, 2)]] as const;

interface LargeBed {
  disk: Disk;
  from: Tree;
  to: Tree;
  system: OrbitSystem;
  target: OrbitSystem;
  base: string;
  targetBase: string;
}

type Plan = (bed: { from: Tree; to: Tree }) => FaultPlan;

/** A large sparse "file" on a memory disk, which one system reads and writes. */
async function openWithin(plan: Plan = () => ({})): Promise<LargeBed> {
  const disk = createMemoryDisk({ roots: ["/from", "/to"] });
  const from = disk.openTree("/from"), to = disk.openTree("/to");
  makeSource(from);
  const system = await openInlineSystem(createFaultyDisk(disk, plan({ from, to })));
  const places = { base: "/from", targetBase: "/to" };
  return { disk, from, to, system, target: system, ...places };
}

/** As {@linkcode openWithin}, but read by one system and written by another. */
async function openAcross(plan: Plan = () => ({})): Promise<LargeBed> {
  const bed = await openWithin(plan);
  const target = await openInlineSystem(createFaultyDisk(bed.disk, plan(bed)));
  return { ...bed, target };
}

/** Declares a test of both ways that content can take. */
function test(name: string, run: (openBed: typeof openWithin) => Promise<void>): void {
  Deno.test(`${name}, within a system`, () => run(openWithin));
  Deno.test(`${name}, from one system to another`, () => run(openAcross));
}

function makeSource(tree: Tree): void {
  using file = tree.createFile("file");
  file.truncate(SIZE);
  for (const [at, bytes] of ISLANDS) file.write(bytes, at);
  file.apply({ permissions: 0o644, mtime: 1_234_567, mtimeNs: 89 });
}

function write(tree: Tree, path: string, at: number, bytes: Uint8Array): void {
  using file = tree.openForWriting(path);
  file.write(bytes, at);
}

async function assertCopied({ system, target, base, targetBase }: LargeBed): Promise<void> {
  const [source] = await system.hashFiles(base, ["file"]);
  const [copy] = await target.hashFiles(targetBase, ["file"]);
  equal(toHex(copy.hash!), toHex(source.hash!));
  deepEqual(await pathsIn(target, targetBase), ["file"]);
}

/** Copies until the first segment is done, then is interrupted; the last checkpoint. */
async function interrupt(
  bed: LargeBed,
  options: Partial<ActionOptions> = { keepPartial: true },
): Promise<LargeCheckpoint> {
  const controller = new AbortController();
  let last: LargeCheckpoint | undefined;
  const transfer: TransferOptions = {
    signal: controller.signal,
    onCheckpoint(index, checkpoint) {
      equal(index, 0);
      last = structuredClone(checkpoint);
      controller.abort(new Error("interrupted"));
    },
  };
  equal(await rejection(send(bed, [COPY], options, transfer)), controller.signal.reason);
  return last!;
}

/** Bytes of the segments that were done, but for one. */
function bytesOf({ segments }: LargeCheckpoint, not?: number): number {
  const done = Object.keys(segments).map(Number).filter((segment) => segment !== not);
  return done.reduce((sum, at) => sum + Math.min(SEGMENT_BYTES, SIZE - at * SEGMENT_BYTES), 0);
}

function resume(bed: LargeBed, checkpoint: LargeCheckpoint, options = { keepPartial: true }) {
  return send(bed, [COPY], options, { checkpoints: new Map([[0, checkpoint]]) });
}

Deno.test({
  name: "a large sparse file goes in segments over several workers and keeps its holes",
  ignore: !hasLibc,
  fn: async () => {
    await using host = await openLocalHost("posix");
    const bed = host.makeBed();
    using file = Deno.openSync(`${bed.base}/file`, { write: true, createNew: true });
    file.truncateSync(SIZE);
    for (const [at, bytes] of ISLANDS) {
      file.seekSync(at, Deno.SeekMode.Start);
      file.writeSync(bytes);
    }
    const checkpoints: LargeCheckpoint[] = [];
    let written = 0, verified = 0;
    const [result] = await send(bed, [COPY], {}, {
      onCheckpoint: (_index, checkpoint) => void checkpoints.push(checkpoint),
      onBytes: (w, v) => (written += w, verified += v),
    });
    equal(result.error, undefined);
    deepEqual([result.size, result.verified, result.resumed], [SIZE, SIZE, 0]);
    deepEqual([written, verified], [result.bytes, SIZE]);
    const counts = checkpoints.map(({ segments }) => Object.keys(segments).length);
    deepEqual(counts, Array.from({ length: Math.ceil(SIZE / SEGMENT_BYTES) }, (_, at) => at + 1));
    const copy = (await find(bed.target, bed.targetBase, "file"))!;
    ok(copy.blocks * 512 < 2_000_000, `${copy.blocks} blocks`);
    equal(copy.mode & 0o7777, 0o640);
    const hashes = await Promise.all([bed.base, bed.targetBase].map(async (base) => {
      return toHex((await bed.system.hashFiles(base, ["file"]))[0].hash!);
    }));
    equal(hashes[0], hashes[1]);
    deepEqual(await pathsIn(bed.target, bed.targetBase), ["file"]);
  },
});

test("an interrupted large copy goes on where it was", async (openBed) => {
  const bed = await openBed();
  const checkpoint = await interrupt(bed);
  deepEqual(await pathsIn(bed.target, "/to"), [checkpoint.staged]);
  ok("0" in checkpoint.segments);
  const expected = bytesOf(checkpoint);
  const [result] = await resume(bed, checkpoint);
  deepEqual([result.error, result.resumed], [undefined, expected]);
  equal(result.verified, SIZE);
  await assertCopied(bed);
  const { blocks, mtime, mtimeNs } = (await find(bed.target, "/to", "file"))!;
  ok(blocks * 512 < 2_000_000);
  deepEqual([mtime, mtimeNs], [1_234_567, 89]);
});

test("an interrupted large copy leaves nothing unless it is to be kept", async (openBed) => {
  const bed = await openBed();
  await interrupt(bed, { keepPartial: false });
  deepEqual(await pathsIn(bed.target, "/to"), []);
});

test("what was staged is trusted only as far as its hash", async (openBed) => {
  // In a segment that was done, data or hole, and in those that were not.
  const places = [100, 200_000_0, SEGMENT_BYTES + 7, LARGE_BYTES + 4_000_010, SIZE + 10];
  for (const verify of [true, false]) {
    for (const at of places) {
      const bed = await openBed();
      const options = { keepPartial: true, verify };
      const checkpoint = await interrupt(bed, options);
      write(bed.to, checkpoint.staged, at, new Uint8Array([1, 2, 3, 4]));
      const expected = bytesOf(
        checkpoint,
        at < SIZE ? Math.floor(at / SEGMENT_BYTES) : undefined,
      );
      const [result] = await resume(bed, checkpoint, options);
      equal(result.error, undefined);
      equal(result.resumed, expected, `${at}`);
      await assertCopied(bed);
    }
  }
});

test("a staged file that is gone, or another's, is begun anew", async (openBed) => {
  const mischiefs: ((bed: LargeBed, checkpoint: LargeCheckpoint) => void)[] = [
    ({ to }, { staged }) => to.removeFile(staged),
    ({ to }, { staged }) => (to.removeFile(staged), to.makeLink(staged, "/from/file")),
    (_bed, checkpoint) => void (checkpoint.staged = "file"),
    (_bed, checkpoint) => void (checkpoint.segmentBytes = 1),
  ];
  for (const mischief of mischiefs) {
    const bed = await openBed();
    const checkpoint = await interrupt(bed);
    mischief(bed, checkpoint);
    const [result] = await resume(bed, checkpoint);
    deepEqual([result.error, result.resumed], [undefined, 0]);
    await assertCopied(bed);
  }
});

test("a checkpoint with hashes that aren't the source's can't corrupt a copy", async (openBed) => {
  const bed = await openBed();
  const checkpoint = await interrupt(bed);
  checkpoint.segments[1] = toHex((await openBlake3()).hash(noise(10)));
  const expected = bytesOf(checkpoint, 1);
  const [result] = await resume(bed, checkpoint);
  deepEqual([result.error, result.resumed], [undefined, expected]);
  await assertCopied(bed);
});

test("a changed source makes a checkpoint worthless", async (openBed) => {
  const bed = await openBed();
  const checkpoint = await interrupt(bed);
  write(bed.from, "file", 5, noise(100, 9));
  const [result] = await resume(bed, checkpoint);
  deepEqual([result.error, result.resumed], [undefined, 0]);
  await assertCopied(bed);
});

test("a large source that changes meanwhile is begun again, or told as changed", async (openBed) => {
  for (const changes of [1, Infinity]) {
    let changed = 0;
    const bed = await openBed(({ from }) => ({
      before({ operation, path }) {
        if (operation !== "file.read" || path !== "file" || changed >= changes) return;
        write(from, "file", 10, new Uint8Array([++changed]));
      },
    }));
    const [{ error }] = await send(bed, [COPY], { keepPartial: true });
    if (changes === 1) {
      equal(error, undefined);
      await assertCopied(bed);
    } else {
      deepEqual([error?.code, error?.detail.side], ["conflict", "source"]);
      deepEqual(await pathsIn(bed.target, "/to"), []);
    }
  }
});

test("a large copy that goes wrong leaves nothing", async (openBed) => {
  const isStaged = (path: string) => path.startsWith(".orbit-");
  const plans: [string, FaultPlan][] = [
    ["corrupt", {
      mutateRead: (bytes, { path }) => isStaged(path) ? bytes.map((b) => b ^ 1) : bytes,
    }],
    ["exhausted", {
      before({ operation, path }) {
        if (operation === "file.write" && isStaged(path)) {
          throw systemError("ENOSPC", "write", path);
        }
      },
    }],
    ["denied", {
      before({ operation, path }) {
        if (operation === "rename") throw systemError("EROFS", "rename", path);
      },
    }],
  ];
  for (const [code, plan] of plans) {
    const bed = await openBed(() => plan);
    const results = await send(bed, [COPY, COPY]);
    deepEqual(results.map(({ error }) => error?.code), [code, code]);
    deepEqual(await pathsIn(await openInlineSystem(bed.disk), "/to"), []);
  }
});

Deno.test("a failed segment keeps the others from starting", async () => {
  let reads = 0;
  const bed = await openWithin(() => ({
    before({ operation, path }) {
      if (operation === "file.read" && path === "file" && ++reads === 1) {
        throw systemError("EIO", "read", path);
      }
    },
  }));
  const [{ error }] = await send(bed, [COPY]);
  deepEqual([error?.detail.errno, error?.detail.side, reads], ["EIO", "source", 1]);
});

Deno.test("inplace writes a large file where it is, and a missing one whole", async () => {
  const bed = await openWithin();
  bed.to.createFile("file")[Symbol.dispose]();
  write(bed.to, "file", 0, noise(SIZE + 1000 - LARGE_BYTES, 5));
  write(bed.to, "file", SIZE + 1000, noise(1000, 5));
  const { ino } = bed.to.facts("file")!;
  const [result] = await send(bed, [COPY], { inplace: true });
  equal(result.error, undefined);
  equal(bed.to.facts("file")!.ino, ino);
  await assertCopied(bed);
  const fresh = await openWithin();
  equal((await send(fresh, [COPY], { inplace: true }))[0].error, undefined);
  await assertCopied(fresh);
});

test("a partial directory holds what is staged, and goes with it", async (openBed) => {
  const bed = await openBed();
  const options = { keepPartial: true, partialDirectory: ".partial" };
  const checkpoint = await interrupt(bed, options);
  ok(checkpoint.staged.startsWith(".partial/.orbit-"));
  deepEqual(await pathsIn(bed.target, "/to"), [".partial/", checkpoint.staged]);
  const expected = bytesOf(checkpoint);
  const [result] = await resume(bed, checkpoint, options);
  equal(result.resumed, expected);
  await assertCopied(bed);
});

test("an aborted batch doesn't begin the next large file", async (openBed) => {
  const bed = await openBed();
  const controller = new AbortController();
  const copies = [COPY, copyOf("second", SIZE, { sourcePath: "file" })];
  const attempt = send(bed, copies, { keepPartial: true }, {
    signal: controller.signal,
    onCheckpoint: () => controller.abort(new Error("enough")),
  });
  equal(await rejection(attempt), controller.signal.reason);
  equal((await pathsIn(bed.target, "/to")).length, 1);
});

Deno.test("segments that are on their way at a time are a tenth of a file at most, or little", () => {
  const mebibyte = 2 ** 20, gibibyte = 2 ** 30;
  for (const size of [LARGE_BYTES, 300 * mebibyte, gibibyte, 2 * gibibyte, 2 ** 40]) {
    const atOnce = 4 * segmentBytesOf(size);
    ok(atOnce <= size / 10 || atOnce <= 32 * mebibyte, `${atOnce} of ${size}`);
  }
});
