import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { testDisk } from "./disk_conformance.ts";
import { failsWith, namesIn, putFile, textOf, toBytes } from "./disk_conformance_help.ts";
import { createMemoryDisk, type MemoryDiskOptions } from "./disk_memory.ts";
import type { Tree } from "./disk.ts";

testDisk("memory disk", () => ({
  disk: createMemoryDisk({ roots: ["/deep/base"] }),
  base: "/deep/base",
  [Symbol.dispose]: () => {},
}));

Deno.test("createMemoryDisk finds names of any case when case is folded", () => {
  using tree = openTree({ caseInsensitive: true });
  putFile(tree, "Readme", "x");
  equal(textOf(tree, "README"), "x");
  failsWith("EEXIST", () => tree.createFile("readme"));
  deepEqual(namesIn(tree, ""), ["Readme"]);
  tree.rename("Readme", "README");
  deepEqual(namesIn(tree, ""), ["README"]);
  equal(tree.facts("readme")!.nlink, 1);
  putFile(tree, "other", "new");
  tree.rename("other", "rEADME");
  deepEqual(namesIn(tree, ""), ["rEADME"]);
  equal(textOf(tree, "readme"), "new");
});

Deno.test("createMemoryDisk keeps names of other case apart by default", () => {
  using tree = openTree({});
  putFile(tree, "a");
  putFile(tree, "A");
  deepEqual(namesIn(tree, ""), ["A", "a"]);
});

Deno.test("a full memory disk refuses writes whole and gives room back", () => {
  using tree = openTree({ capacityBytes: 8 * 4096 });
  equal(tree.space().freeBytes, 8 * 4096);
  putFile(tree, "a", new Uint8Array(6 * 4096));
  using file = tree.createFile("b");
  failsWith("ENOSPC", () => file.write(new Uint8Array(3 * 4096), 0));
  equal(file.facts().size, 0);
  file.truncate(2 ** 40);
  file.write(toBytes("sparse"), 2 ** 39);
  equal(tree.space().freeBytes, 4096);
  tree.removeFile("a");
  equal(tree.space().freeBytes, 7 * 4096);
  tree.removeFile("b");
  equal(tree.space().freeBytes, 7 * 4096);
  file[Symbol.dispose]();
  equal(tree.space().freeBytes, 8 * 4096);
});

Deno.test("createMemoryDisk takes its times from the given clock", () => {
  let now = -1500;
  using tree = openTree({ now: () => now });
  putFile(tree, "a");
  deepEqual([tree.facts("a")!.mtime, tree.facts("a")!.mtimeNs], [-2, 500_000_000]);
  now = 1_000;
  tree.apply("a", { permissions: 0o700 });
  deepEqual([tree.facts("a")!.mtime, tree.facts("a")!.ctime], [-2, 1]);
});

Deno.test("content in memory equals a plain array after any writes and truncations", () => {
  const position = fc.integer({ min: 0, max: 20_000 });
  const change = fc.oneof(
    fc.record({ position, bytes: fc.uint8Array({ minLength: 1, maxLength: 9000 }) }),
    fc.record({ size: position }),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      using tree = openTree({});
      using file = tree.createFile("file");
      let model = new Uint8Array(0);
      for (const step of changes) {
        const size = "size" in step
          ? step.size
          : Math.max(model.length, step.position + step.bytes.length);
        const next = new Uint8Array(size);
        next.set(model.subarray(0, size));
        if ("bytes" in step) {
          next.set(step.bytes, step.position);
          file.write(step.bytes, step.position);
        } else file.truncate(step.size);
        model = next;
      }
      const into = new Uint8Array(model.length + 1).fill(7);
      equal(file.read(into, 0), model.length);
      deepEqual(into.subarray(0, model.length), model);
      for (let at = 0; at < model.length;) {
        const data = file.nextData(at), hole = file.nextHole(data);
        deepEqual(model.subarray(at, data).some((byte) => byte !== 0), false);
        at = Math.max(hole, data);
      }
    }),
    { numRuns: 60 },
  );
});

function openTree(options: Omit<MemoryDiskOptions, "roots">): Tree {
  return createMemoryDisk({ roots: ["/base"], ...options }).openTree("/base");
}
