import assert from "node:assert/strict";
import { parseByteSize } from "./sizes.ts";

Deno.test("parseByteSize reads rsync's suffixes, and gives NaN for what is no size", () => {
  const cases: [text: string, bytes: number][] = [
    ["0", 0],
    ["10", 10],
    ["1k", 1024],
    ["1KiB", 1024],
    ["1KB", 1000],
    ["1.5M", 1_572_864],
    [".5K", 512],
    ["", NaN],
    [".", NaN],
    ["K", NaN],
    ["-1", NaN],
    ["1 K", NaN],
    ["1K+1", NaN],
  ];
  for (const [text, bytes] of cases) assert.equal(parseByteSize(text), bytes, text);
  assert.equal(parseByteSize("100", "k"), 102_400);
});
