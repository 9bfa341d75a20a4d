import assert from "node:assert/strict";
import { parseArguments, UsageError } from "./arguments.ts";

Deno.test("parseArguments takes all programs when none is named", () => {
  const { programs, out, compression } = parseArguments([]);
  assert.deepEqual(programs.map(({ name }) => name), ["orbit", "orbit-star", "orbit-nucleus"]);
  assert.deepEqual([out, compression], ["dist", "gzip"]);
});

Deno.test("parseArguments reads what follows a lone --, in any order", () => {
  const args = ["--", "--out=/o", "orbit", "--json", "orbit", "--compress=xz"];
  const { programs, out, json, compression } = parseArguments(args);
  assert.deepEqual(programs.map(({ name }) => name), ["orbit"]);
  assert.deepEqual([out, json, compression], ["/o", true, "xz"]);
});

Deno.test("parseArguments reads permission flags", () => {
  const args = ["--allow-read=/a,/b", "--deny-net", "--allow-env=HOME", "--allow-net=:80"];
  assert.deepEqual(parseArguments(args).permissions, [
    { rule: "allow", name: "read", list: ["/a", "/b"] },
    { rule: "deny", name: "net", list: true },
    { rule: "allow", name: "env", list: ["HOME"] },
    { rule: "allow", name: "net", list: [":80"] },
  ]);
});

const REFUSED: [string, RegExp][] = [
  ["--fast", /^"--fast": no such option$/],
  ["-A", /^"-A": no such option$/],
  ["--allow-all", /^"--allow-all": no such option$/],
  ["--allow-everything=/a", /^"--allow-everything=\/a": no such option$/],
  ["--json=yes", /^"--json=yes": no such option$/],
  ["--out", /^"--out" needs a value/],
  ["--compress=rar", /^"--compress=rar": no such method/],
  ["--allow-read=a", /^"--allow-read": "a" must be absolute$/],
  ["--allow-read=/a,", /^"--allow-read=\/a," has an empty item$/],
  ["orbits", /^"orbits": no such program; there are orbit, /],
];

for (const [arg, message] of REFUSED) {
  Deno.test(`parseArguments refuses ${arg} by name`, () => {
    assert.throws(() => parseArguments([arg]), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  });
}
