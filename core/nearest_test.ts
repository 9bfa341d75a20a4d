import assert from "node:assert/strict";
import { nearest } from "./nearest.ts";

Deno.test("nearest finds a small slip and nothing far away", () => {
  const words = ["sync", "scan", "hash", "verify"];
  assert.equal(nearest("snyc", words), "sync");
  assert.equal(nearest("verfiy", words), "verify");
  assert.equal(nearest("teleport", words), undefined);
});
