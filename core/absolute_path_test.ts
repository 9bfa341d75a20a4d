import { strictEqual as equal } from "node:assert/strict";
import { resolve } from "node:path/posix";
import fc from "fast-check";
import { absolutePath } from "./absolute_path.ts";

Deno.test("absolutePath: a relative path begins at the base", () => {
  equal(absolutePath("/data/copies", "../older/./1"), "/data/older/1");
  equal(absolutePath("/data", ""), "/data");
});

Deno.test("absolutePath: an absolute path needs no base, and nothing is above the root", () => {
  equal(absolutePath("/data", "/other//place/"), "/other/place");
  equal(absolutePath("/data", "../../../.."), "/");
});

Deno.test("absolutePath: says what Node's resolve says", () => {
  const names = fc.array(fc.constantFrom("a", "b c", ".", "..", "...", "", "é\n"), {
    maxLength: 8,
  });
  fc.assert(fc.property(names, names, fc.boolean(), (base, path, isAbsolute) => {
    const from = `/${base.join("/")}`, to = (isAbsolute ? "/" : "") + path.join("/");
    equal(absolutePath(from, to), resolve(from, to));
  }));
});
