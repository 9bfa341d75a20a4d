import { deepEqual, equal, ok } from "node:assert/strict";
import { systemError } from "#core/errors.ts";
import type { Disk, Tree } from "./disk.ts";
import { createFaultyDisk, type FaultPlan } from "./disk_faulty.ts";
import { createMemoryDisk } from "./disk_memory.ts";
import { createFaultySystem, type SystemFaultPlan } from "./faulty_system.ts";
import { openInlineSystem } from "./memory_system.ts";
import { copyOf, how } from "./system_conformance_bed.ts";
import {
  noise,
  pathsIn,
  put,
  rejection,
  send,
  streamOf,
  textAt,
  utf8,
} from "./system_conformance_help.ts";
import type { OrbitSystem } from "./system.ts";

interface FaultBed {
  disk: Disk;
  tree: Tree;
  system: OrbitSystem;
  target: OrbitSystem;
  base: string;
  targetBase: string;
}

/** A copy of "file" (1.5 MiB of noise), next to an old "file" at the destination. */
const SIZE = 3 << 19;
const COPY = copyOf("file", SIZE);

/** Both ends on one faulty memory disk: the path within a system. */
async function openWithin(plan: (tree: Tree) => FaultPlan): Promise<FaultBed & AsyncDisposable> {
  const disk = createMemoryDisk({ roots: ["/from", "/to"] });
  const clean = await openInlineSystem(disk);
  await fill(clean);
  const faulty = createFaultyDisk(disk, plan(disk.openTree("/from")));
  const system = await openInlineSystem(faulty);
  return bedOf(disk, system, system);
}

/** A faulty system as source or destination of the generic path. */
async function openAcross(
  source: SystemFaultPlan,
  target: SystemFaultPlan = {},
): Promise<FaultBed & AsyncDisposable> {
  const disk = createMemoryDisk({ roots: ["/from", "/to"] });
  const inner = await openInlineSystem(disk);
  await fill(inner);
  return bedOf(disk, createFaultySystem(inner, source), createFaultySystem(inner, target));
}

async function fill(system: OrbitSystem): Promise<void> {
  await put(system, "/from", "file", noise(SIZE));
  await put(system, "/to", "file", "old");
}

function bedOf(disk: Disk, system: OrbitSystem, target: OrbitSystem): FaultBed & AsyncDisposable {
  const tree = disk.openTree("/from");
  return {
    ...{ disk, tree, system, target, base: "/from", targetBase: "/to" },
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
  };
}

/** The destination is as it was: the old file, nothing staged. */
async function assertUntouched({ disk }: FaultBed): Promise<void> {
  const clean = await openInlineSystem(disk);
  deepEqual(await pathsIn(clean, "/to"), ["file"]);
  equal(await textAt(clean, "/to/file"), "old");
}

const isStaged = (path: string) => path.includes(".orbit-");

Deno.test("a copy whose bytes change on their way to disk is corrupt, and not kept", async () => {
  const plans: FaultPlan[] = [
    { mutateWrite: (bytes, call) => isStaged(call.path) ? flip(bytes) : bytes },
    { mutateRead: (bytes, call) => isStaged(call.path) ? flip(bytes) : bytes },
    { mutateWrite: (bytes, call) => isStaged(call.path) ? bytes.subarray(1) : bytes },
  ];
  for (const plan of plans) {
    await using bed = await openWithin(() => plan);
    const [{ error }] = await send(bed, [COPY]);
    deepEqual([error?.code, error?.detail.retryable], ["corrupt", true]);
    equal(error?.detail.side, "destination");
    await assertUntouched(bed);
  }
});

Deno.test("a copy that meets an error leaves nothing and says which side failed", async () => {
  const cases = [
    ["file.read", "file", "EIO", "source"],
    ["openFile", "file", "EACCES", "source"],
    ["createFile", ".orbit-", "ENOSPC", undefined],
    ["file.write", ".orbit-", "EDQUOT", undefined],
    ["file.apply", ".orbit-", "EPERM", undefined],
    ["file.sync", ".orbit-", "EIO", undefined],
    ["rename", "file", "EROFS", undefined],
  ] as const;
  for (const [operation, path, errno, side] of cases) {
    await using bed = await openWithin(() => ({
      before(call) {
        if (call.operation === operation && call.path.includes(path)) {
          throw systemError(errno, operation, call.path);
        }
      },
    }));
    const [{ error }] = await send(bed, [COPY], { fsync: true });
    deepEqual([error?.detail.errno, error?.detail.side], [errno, side], operation);
    await assertUntouched(bed);
  }
});

Deno.test("a source that changes while it is read is read again", async () => {
  let changes = 0;
  await using bed = await openWithin((tree) => ({
    before({ operation, path, count }) {
      if (operation !== "file.read" || path !== "file" || count > 2) return;
      tree.apply("file", { mtime: 1_000 + ++changes, mtimeNs: 0 });
    },
  }));
  const [result] = await send(bed, [COPY]);
  equal(result.error, undefined);
  equal(changes, 2);
  deepEqual(await pathsIn(bed.target, "/to"), ["file"]);
});

Deno.test("a source that keeps changing is told as changed, never copied", async () => {
  const growing = (tree: Tree): FaultPlan => ({
    before({ operation, path }) {
      if (operation !== "file.read" || path !== "file") return;
      using file = tree.openForWriting("file");
      file.write(utf8("more"), file.facts().size);
    },
  });
  const shrinking = (tree: Tree): FaultPlan => ({
    before({ operation, path, count }) {
      if (operation !== "file.read" || path !== "file") return;
      using file = tree.openForWriting("file");
      file.truncate(SIZE - count);
    },
  });
  for (const plan of [growing, shrinking]) {
    await using bed = await openWithin(plan);
    const [{ error }] = await send(bed, [COPY]);
    deepEqual([error?.code, error?.detail.errno], ["conflict", "ECHANGED"]);
    deepEqual([error?.detail.side, error?.detail.retryable], ["source", true]);
    await assertUntouched(bed);
  }
});

Deno.test("a stream whose bytes change on the way is corrupt, and not kept", async () => {
  await using bed = await openAcross({
    mutatePiece: (piece, _call, index) => [index === 1 ? flip(piece) : piece],
  });
  const [{ error }] = await send(bed, [COPY]);
  deepEqual([error?.code, error?.detail.retryable], ["corrupt", true]);
  await assertUntouched(bed);
});

Deno.test("a stream that loses or repeats a piece is never kept", async () => {
  const plans: SystemFaultPlan[] = [
    { mutatePiece: (piece, _call, index) => index === 0 ? [] : [piece] },
    { mutatePiece: (piece, _call, index) => index === 1 ? [] : [piece] },
    { mutatePiece: (piece) => [piece, piece] },
  ];
  for (const plan of plans) {
    for (const verify of [true, false]) {
      await using bed = await openAcross(plan);
      const [{ error }] = await send(bed, [COPY], { verify });
      deepEqual([error?.code, error?.detail.side], ["conflict", "source"]);
      await assertUntouched(bed);
    }
  }
});

Deno.test("pieces that are only cut otherwise are all right", async () => {
  await using bed = await openAcross({
    mutatePiece: (piece) => [piece.subarray(0, 10), new Uint8Array(0), piece.subarray(10)],
  });
  const [result] = await send(bed, [COPY]);
  deepEqual([result.error, result.bytes, result.verified], [undefined, SIZE, SIZE]);
});

Deno.test("a stream that fails says which side, and leaves nothing", async () => {
  const fail = (operation: string, errno: string): SystemFaultPlan => ({
    before(call) {
      if (call.operation === operation) throw systemError(errno, operation, call.path);
    },
  });
  const broken: SystemFaultPlan = {
    mutatePiece(piece, call, index) {
      if (index === 1) throw systemError("EIO", "read", call.path);
      return [piece];
    },
  };
  const cases: [SystemFaultPlan, SystemFaultPlan, string, string | undefined][] = [
    [broken, {}, "EIO", "source"],
    [fail("openStream", "ENOENT"), {}, "ENOENT", "source"],
    [fail("scanTree", "EACCES"), {}, "EACCES", "source"],
    [fail("calculateHash", "EIO"), {}, "EIO", "source"],
    [{}, fail("stage", "ENOSPC"), "ENOSPC", undefined],
    [{}, fail("publish", "EROFS"), "EROFS", undefined],
  ];
  for (const [source, target, errno, side] of cases) {
    await using bed = await openAcross(source, target);
    const [{ error }, second] = await send(bed, [COPY, copyOf("missing", 1)]);
    deepEqual([error?.detail.errno, error?.detail.side], [errno, side]);
    ok(second.error);
    await assertUntouched(bed);
  }
});

Deno.test("a discard that fails doesn't hide why it was needed", async () => {
  await using bed = await openAcross({}, {
    before({ operation, path }) {
      if (operation === "publish") throw systemError("EROFS", "publish", path);
      if (operation === "discard") throw systemError("EIO", "discard", path);
    },
  });
  const [{ error }] = await send(bed, [COPY]);
  equal(error?.detail.errno, "EROFS");
});

Deno.test("a source that changes while it is sent is sent again", async () => {
  let sent = 0;
  const source: { tree?: Tree } = {};
  await using bed = await openAcross({
    mutatePiece(piece, _call, index) {
      if (index === 0 && ++sent <= 2) source.tree!.apply("file", { mtime: sent, mtimeNs: 0 });
      return [piece];
    },
  });
  source.tree = bed.tree;
  const [result] = await send(bed, [COPY]);
  deepEqual([result.error, sent], [undefined, 3]);
});

Deno.test("truncated answers are errors, not successes", async () => {
  const cut: SystemFaultPlan = {
    mutateResult: (result, { operation }) =>
      operation === "transferTo" ? result : result.slice(0, -1) as typeof result,
  };
  await using hash = await openAcross(cut);
  equal((await send(hash, [COPY]))[0].error?.code, "corrupt");
  await assertUntouched(hash);
  await using results = await openAcross({}, cut);
  const action = { kind: "directory" as const, path: "dir", metadata: {} };
  equal((await send(results, [action]))[0].error?.code, "corrupt");
});

Deno.test("a transfer that hangs ends when it is aborted, and leaves nothing", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const never = new Promise<void>(() => {});
  await using bed = await openAcross({
    before: ({ operation }) => {
      if (operation !== "openStream") return;
      queueMicrotask(() => controller.abort(new Error("enough")));
      return never;
    },
  });
  equal(await rejection(send(bed, [COPY], {}, { signal })), signal.reason);
  await assertUntouched(bed);
});

Deno.test("calls wait for the plan's promise", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const system = createFaultySystem(
    await openInlineSystem(createMemoryDisk({ roots: ["/to"] })),
    { before: ({ operation }) => operation === "stage" ? promise : undefined },
  );
  let done = false;
  const staged = system.stage("/to", "x", streamOf(utf8("x")), how()).then(() => done = true);
  await system.features();
  equal(done, false);
  resolve();
  await staged;
  deepEqual(await pathsIn(system, "/to"), ["x"]);
});

function flip(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  if (changed.length > 0) changed[changed.length >> 1] ^= 1;
  return changed;
}
