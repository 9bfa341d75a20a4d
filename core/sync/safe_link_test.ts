import assert from "node:assert/strict";
import { isUnsafeLink } from "./safe_link.ts";

Deno.test("isUnsafeLink tells links that could leave the copied tree", () => {
  const unsafe = [
    ["a", ""],
    ["a", "/etc/passwd"],
    ["a", ".."],
    ["a", "../b"],
    ["d/a", "../../b"],
    ["d/a", "./../../b"],
    ["d/a", "x/../y"],
    ["d/a", "x/.."],
  ];
  const safe = [["a", "b"], ["a", "."], ["d/a", "../b"], ["d/a", ".."], ["d/e/a", ".././../b"], [
    "a",
    "..b/c..",
  ]];
  for (const [path, target] of unsafe) assert.equal(isUnsafeLink(path, target), true, target);
  for (const [path, target] of safe) assert.equal(isUnsafeLink(path, target), false, target);
});
