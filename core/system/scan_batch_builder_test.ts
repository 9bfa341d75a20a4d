import { ok } from "node:assert/strict";
import { ScanBatchBuilder } from "./scan_batch_builder.ts";

Deno.test("byteLength counts parts and troubles, which have no rows", () => {
  const builder = new ScanBatchBuilder();
  for (let i = 0; i < 1000; i++) {
    builder.endPart("x".repeat(100), { last: true, complete: true, exists: true });
  }
  ok(builder.byteLength >= 100_000);
  builder.take();
  ok(builder.byteLength === 0);
  for (let i = 0; i < 1000; i++) {
    builder.addTrouble("x".repeat(100), { code: "denied", message: "no", detail: {} });
  }
  ok(builder.byteLength >= 100_000);
});
