import assert from "node:assert/strict";
import { FakeReading } from "../fake_reading.ts";
import { splitScan } from "./split_scan.ts";
import type { ScanBatch } from "#core/system/scan_batch.ts";

async function pathsOf(batches: AsyncIterable<ScanBatch>): Promise<string[]> {
  const paths: string[] = [];
  for await (const { data } of batches) {
    for (const part of data.parts) paths.push(`${part.directory}:${part.to - part.from}`);
  }
  return paths;
}

Deno.test("splitScan gives the directories of one scan, in its order", async () => {
  const entries: Record<string, string | null> = { "/t/z": "", "/t/a.b": "" };
  for (let i = 0; i < 150; i++) {
    for (let k = 0; k <= i % 3; k++) entries[`/t/d${i}/${"e/".repeat(k)}f`] = "";
  }
  entries["/t/empty"] = null;
  const reading = new FakeReading(entries);
  await using system = await reading.openSystem({ read: ["/t"] });
  const request = { base: "/t", filter: [{ kind: "exclude" as const, pattern: "d1" }] };
  const whole = await pathsOf(system.scanTree({ ...request, recursive: true }));
  assert(whole.length > 200);
  for (const width of [1, 2, 7]) {
    assert.deepEqual(await pathsOf(splitScan(system, request, { width })), whole);
  }
});

Deno.test("splitScan reports a directory that vanishes before its turn", async () => {
  const reading = new FakeReading({ "/t/a/f": "", "/t/b/f": "" });
  await using system = await reading.openSystem({ read: ["/t"] });
  const troubles: string[] = [];
  for await (const { data } of splitScan(system, { base: "/t" }, { width: 1 })) {
    troubles.push(...data.troubles.map(({ path, error }) => `${path} ${error.detail.errno}`));
    using tree = reading.disk.openTree("/t");
    if (tree.facts("b/f") !== null) {
      tree.removeFile("b/f");
      tree.removeDirectory("b");
    }
  }
  assert.deepEqual(troubles, ["b ENOENT"]);
});
