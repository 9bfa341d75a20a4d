import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { systemError } from "#core/errors.ts";
import { makeRealBed, testDisk } from "./disk_conformance.ts";
import { bytesOf, failsWith, putFile, toBytes } from "./disk_conformance_help.ts";
import { createFaultyDisk, type FaultCall, type FaultPlan } from "./disk_faulty.ts";
import { createMemoryDisk } from "./disk_memory.ts";
import { createPureDisk } from "./disk_pure.ts";
import { ScanBatchBuilder } from "./scan_batch_builder.ts";

testDisk("faulty disk over memory", () => ({
  disk: createFaultyDisk(createMemoryDisk({ roots: ["/base"] }), {}),
  base: "/base",
  [Symbol.dispose]: () => {},
}));

testDisk("faulty disk over pure", () => {
  return makeRealBed((roots) =>
    createFaultyDisk(createPureDisk({ roots, followWithin: "tree" }), { before() {} })
  );
});

Deno.test("createFaultyDisk throws what the plan throws and leaves the disk alone", () => {
  const inner = createMemoryDisk({ roots: ["/base"] });
  using tree = createFaultyDisk(inner, {
    before({ operation, path, count }) {
      if (operation === "file.write" && count > 1) throw systemError("ENOSPC", "write", path);
      if (operation === "removeFile") throw systemError("EIO", "remove", path);
      if (operation === "facts" && path === "hidden") throw systemError("EACCES", "look", path);
    },
  }).openTree("/base");
  using file = tree.createFile("file");
  file.write(toBytes("one"), 0);
  failsWith("ENOSPC", () => file.write(toBytes("two"), 0));
  failsWith("EIO", () => tree.removeFile("file"));
  failsWith("EACCES", () => tree.facts("hidden"));
  deepEqual(bytesOf(inner.openTree("/base"), "file"), toBytes("one"));
});

Deno.test("createFaultyDisk tells the plan about every call, counted by operation", () => {
  const calls: FaultCall[] = [];
  const disk = openWith({ before: (call) => void calls.push(call) });
  using tree = disk.openTree("/base");
  putFile(tree, "a", "x");
  putFile(tree, "b");
  tree.rename("b", "c", tree);
  using listing = tree.list("");
  listing.describe(1, new ScanBatchBuilder(), { follow: false, attributes: "none" });
  deepEqual(calls.map(({ operation, path, from, count }) => [operation, path, from, count]), [
    ["openTree", "/base", undefined, 1],
    ["createFile", "a", undefined, 1],
    ["file.write", "a", undefined, 1],
    ["createFile", "b", undefined, 2],
    ["file.write", "b", undefined, 2],
    ["rename", "c", "b", 1],
    ["list", "", undefined, 1],
    ["listing.describe", "c", undefined, 1],
  ]);
  equal(new Set(calls.map((call) => call.tree)).size, 1);
});

Deno.test("createFaultyDisk can change and shorten what is written", () => {
  const original = toBytes("abcdef");
  const disk = openWith({
    mutateWrite: (bytes, { position }) => {
      bytes[0] ^= 1;
      return position === 0 ? bytes : bytes.subarray(0, 2);
    },
  });
  using tree = disk.openTree("/base");
  using file = tree.createFile("file");
  file.write(original, 0);
  file.write(original, 6);
  deepEqual(bytesOf(tree, "file"), toBytes("`bcdef`b"));
  deepEqual(original, toBytes("abcdef"));
});

Deno.test("createFaultyDisk can change and shorten what is read", () => {
  const disk = openWith({
    mutateRead: (bytes, { position }) => position === 0 ? bytes.fill(0x7a) : bytes.subarray(1),
  });
  using tree = disk.openTree("/base");
  putFile(tree, "file", "abcdef");
  using file = tree.openFile("file");
  const into = new Uint8Array(6);
  equal(file.read(into, 0), 6);
  deepEqual(into, toBytes("zzzzzz"));
  equal(file.read(into, 3), 2);
  deepEqual(into.subarray(0, 2), toBytes("ef"));
});

Deno.test("createFaultyDisk closes handles even when every call fails", () => {
  const inner = createMemoryDisk({ roots: ["/base"], capacityBytes: 4096 });
  let failing = false;
  const disk = createFaultyDisk(inner, {
    before: ({ operation, path }) => {
      if (failing) throw systemError("EIO", operation, path);
    },
  });
  const tree = disk.openTree("/base");
  const file = tree.createFile("file");
  file.write(toBytes("x"), 0);
  tree.removeFile("file");
  failing = true;
  throws(() => file.facts(), { code: "internal" });
  file[Symbol.dispose]();
  tree[Symbol.dispose]();
  equal(inner.openTree("/base").space().freeBytes, 4096);
});

function openWith(plan: FaultPlan) {
  return createFaultyDisk(createMemoryDisk({ roots: ["/base"] }), plan);
}
