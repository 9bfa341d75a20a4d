import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  baseName,
  checkEntryPath,
  checkName,
  checkRelativePath,
  joinPath,
  parentOf,
} from "./relative_path.ts";

const hostile = [
  "/",
  "/etc/passwd",
  "..",
  "../x",
  "a/..",
  "a/../b",
  ".",
  "./a",
  "a/.",
  "a/./b",
  "a//b",
  "a/",
  "//",
  "a\0b",
  "\0",
];

for (const path of hostile) {
  Deno.test(`checkRelativePath refuses ${JSON.stringify(path)}`, () => {
    throws(() => checkRelativePath(path), { code: "invalid" });
    throws(() => checkEntryPath(path), { code: "invalid" });
  });
}

Deno.test("checkRelativePath takes the base and odd but harmless names", () => {
  for (
    const path of ["", "a", "...", "..a", "a..", ".a", "a/b/c", "-", " ", "a\nb", "\udcff", "\\"]
  ) {
    checkRelativePath(path);
  }
});

Deno.test("checkEntryPath refuses the base", () => {
  throws(() => checkEntryPath(""), { code: "invalid" });
  checkEntryPath("a/b");
});

Deno.test("checkName takes one component only", () => {
  checkName("a");
  for (const name of ["", "a/b", "..", "/"]) throws(() => checkName(name), { code: "invalid" });
});

Deno.test("parentOf, baseName and joinPath take a path apart and put it together", () => {
  deepEqual([parentOf("a/b/c"), parentOf("a"), parentOf("")], ["a/b", "", ""]);
  deepEqual([baseName("a/b/c"), baseName("a"), baseName("")], ["c", "a", ""]);
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom("a", "/", ".") }), (path) => {
    if (isAccepted(path)) equal(joinPath(parentOf(path), baseName(path)), path);
  }));
});

Deno.test("checkRelativePath accepts exactly the texts whose components are all plain", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "/", ".", "\0") });
  fc.assert(fc.property(text, (path) => {
    const plain = path.split("/").every((part) => !["", ".", ".."].includes(part)) &&
      !path.includes("\0");
    equal(isAccepted(path), path === "" || plain);
  }));
});

function isAccepted(path: string): boolean {
  try {
    checkRelativePath(path);
    return true;
  } catch {
    return false;
  }
}
