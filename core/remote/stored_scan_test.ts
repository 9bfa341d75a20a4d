import assert from "node:assert/strict";
import { createMemoryDisk, openInlineSystem } from "#core/system/mod.ts";
import { decodeScanBatch, encodeScanBatch } from "./stored_scan.ts";

Deno.test("a kept batch of entries comes back as it was, and damage is noticed", async () => {
  const disk = createMemoryDisk({ roots: ["/data"] });
  using tree = disk.openTree("/data");
  tree.makeDirectory("sub", 0o755);
  tree.makeLink("sub/link", "elsewhere");
  for (const name of ["a", "b", "sub/c"]) tree.createFile(name)[Symbol.dispose]();
  await using system = await openInlineSystem(disk);
  for await (const { data } of system.scanTree({ base: "/data", recursive: true })) {
    const bytes = encodeScanBatch(data);
    assert.deepEqual(decodeScanBatch(bytes), data);
    assert.throws(() => decodeScanBatch(bytes.subarray(0, bytes.length - 5)), { code: "corrupt" });
    assert.throws(() => decodeScanBatch(new Uint8Array([1, 2, 3])), { code: "corrupt" });
  }
});
