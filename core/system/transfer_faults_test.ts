import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { OrbitError, systemError } from "#core/errors.ts";
import type { Tree } from "./disk.ts";
import { createFaultyDisk, type FaultPlan } from "./disk_faulty.ts";
import { createMemoryDisk } from "./disk_memory.ts";
import { createFaultySystem, type SystemFaultPlan } from "./faulty_system.ts";
import { openInlineSystem } from "./memory_system.ts";
import { copyOf } from "./system_conformance_bed.ts";
import { noise, pathsIn, put, rejection, send, utf8 } from "./system_conformance_help.ts";
import {
  assertUntouched,
  bedOf,
  COPY,
  fill,
  flip,
  isStaged,
  openAcross,
  openWithin,
  SIZE,
} from "./transfer_faults_help.ts";

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

Deno.test("a transfer that fails says which side, and leaves nothing", async () => {
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
  for (const [plan, errno] of [[broken, "EIO"], [fail("pack", "EACCES"), "EACCES"]] as const) {
    await using bed = await openAcross(plan);
    const results = await send(bed, [COPY, copyOf("missing", 1)]);
    for (const { error } of results) {
      deepEqual([error?.detail.errno, error?.detail.side], [errno, "source"]);
    }
    await assertUntouched(bed);
  }
  await using bed = await openAcross({}, fail("receive", "EROFS"));
  const error = await rejection(send(bed, [COPY]));
  ok(error instanceof OrbitError);
  deepEqual([error.detail.errno, error.detail.side], ["EROFS", undefined]);
  await assertUntouched(bed);
});

Deno.test("a disk that fails while content arrives is the destination's trouble", async () => {
  const cases = [
    ["createFile", "ENOSPC"],
    ["file.write", "EDQUOT"],
    ["file.apply", "EPERM"],
    ["file.read", "EIO"],
    ["rename", "EROFS"],
  ] as const;
  for (const [operation, errno] of cases) {
    const disk = createMemoryDisk({ roots: ["/from", "/to"] });
    const source = await openInlineSystem(disk);
    await fill(source);
    const faulty = createFaultyDisk(disk, {
      before(call) {
        if (call.operation === operation && (operation === "rename" || isStaged(call.path))) {
          throw systemError(errno, operation, call.path);
        }
      },
    });
    await using bed = bedOf(disk, source, await openInlineSystem(faulty));
    const [{ error }] = await send(bed, [COPY]);
    deepEqual([error?.detail.errno, error?.detail.side], [errno, undefined], operation);
    await assertUntouched(bed);
  }
});

Deno.test("a source that changes while it is sent is sent again", async () => {
  let sent = 0;
  const source: { tree?: Tree } = {};
  await using bed = await openAcross({
    mutatePiece(piece, _call, index) {
      if (index === 0 && ++sent <= 2) source.tree!.apply("long", { mtime: sent, mtimeNs: 0 });
      return [piece];
    },
  });
  source.tree = bed.tree;
  const size = 8 * 1024 * 1024; // more than is packed ahead
  using file = bed.tree.createFile("long");
  file.write(noise(size), 0);
  const [result] = await send(bed, [copyOf("long", size)]);
  deepEqual([result.error, sent], [undefined, 3]);
});

Deno.test("a transfer that hangs ends when it is aborted, and leaves nothing", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const never = new Promise<void>(() => {});
  await using bed = await openAcross({
    before: ({ operation }) => {
      if (operation !== "pack") return;
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
    { before: ({ operation }) => operation === "receive" ? promise : undefined },
  );
  let done = false;
  const received = put(system, "/to", "x", "x").then(() => done = true);
  await system.features();
  equal(done, false);
  resolve();
  await received;
  deepEqual(await pathsIn(system, "/to"), ["x"]);
});
