import assert from "node:assert/strict";
import { isBeneath, normalPath } from "./place_path.ts";

Deno.test("normalPath takes absolute, plain paths in one spelling", () => {
  const cases: [string, string | undefined][] = [
    ["/", "/"],
    ["/data", "/data"],
    ["/data/", "/data"],
    ["/data/\udcff", "/data/\udcff"],
    ["/data/a\nb", "/data/a\nb"],
    ["/da\\ta", "/da\\ta"],
    ["C:\\data\\", "C:\\data"],
    ["C:/data/x", "C:\\data\\x"],
    ["data", undefined],
    ["", undefined],
    ["//data", undefined],
    ["/data//x", undefined],
    ["/data/../etc", undefined],
    ["/data/..", undefined],
    ["/./data", undefined],
    ["/data\0", undefined],
    ["C:data", undefined],
    ["C:\\..\\x", undefined],
    ["\\\\server\\share", undefined],
    [`/${"x".repeat(5000)}`, undefined],
    [`/${"ü".repeat(2100)}`, undefined],
  ];
  for (const [text, path] of cases) assert.equal(normalPath(text), path, text);
});

Deno.test("isBeneath compares part by part", () => {
  const cases: [folder: string, path: string, beneath: boolean][] = [
    ["/data", "/data", true],
    ["/data", "/data/x/y", true],
    ["/data", "/database", false],
    ["/data/x", "/data", false],
    ["/", "/anything", true],
    ["/data", "/DATA/x", false],
    ["C:\\Data", "c:\\data\\x", true],
    ["C:\\Data", "D:\\Data\\x", false],
    ["/", "C:\\Data", false],
  ];
  for (const [folder, path, beneath] of cases) {
    assert.equal(isBeneath(folder, path), beneath, `${folder} ${path}`);
  }
});
