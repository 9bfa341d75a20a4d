import assert from "node:assert/strict";
import fc from "fast-check";
import { OrbitError } from "#core/errors.ts";
import { encodeName } from "#core/names.ts";
import { type NameList, parseNameList } from "./name_list.ts";

function parse(text: string, nul = false): NameList {
  return parseNameList(encodeName(text), { nul, name: "names" });
}

function paths(text: string, nul = false): string[] {
  return parse(text, nul).entries.map((entry) => entry.path);
}

Deno.test("parseNameList cleans paths, drops comments and duplicates, and sorts", () => {
  assert.deepEqual(
    paths("# no\n;no\n\n/usr//bin\r\n./b\n.//./a\nb\n./#yes\nx/y/\nx-\nx\n"),
    ["#yes", "a", "b", "usr/bin", "x", "x/y", "x-"],
  );
});

Deno.test("parseNameList with nul keeps line ends in names", () => {
  assert.deepEqual(paths("a\nb\0\0#c\0c\r", true), ["a\nb", "c\r"]);
});

Deno.test("parseNameList notes which directories were named with their contents", () => {
  const wanted = (text: string) =>
    parse(text).entries.map(({ path, withContents }) => [path, withContents]);
  assert.deepEqual(wanted("a\nb/\nc/.\nd/\nd"), [["a", false], ["b", true], ["c", true], [
    "d",
    true,
  ]]);
  for (const root of [".", "./", "/", "//", "/."]) assert.deepEqual(wanted(root), [["", true]]);
});

Deno.test("parseNameList finds the directories that lead to the entries", () => {
  const list = parse("a/b/c\na/d\na/b\nz/é/q\nz/\udcff/q");
  assert.deepEqual(list.entries.map((entry) => entry.path), [
    "a/b",
    "a/b/c",
    "a/d",
    "z/é/q",
    "z/\udcff/q",
  ]);
  assert.deepEqual(list.parents, ["a", "z", "z/é", "z/\udcff"]);
  assert.deepEqual(Object.fromEntries(list.children), {
    "": ["a", "z"],
    "a": ["b", "d"],
    "a/b": ["c"],
    "z": ["é", "\udcff"],
    "z/é": ["q"],
    "z/\udcff": ["q"],
  });
});

Deno.test("parseNameList refuses paths that could leave the source or move in it", () => {
  const cases: readonly [text: string, line: number][] = [
    ["a\n../b", 2],
    ["a/../b", 1],
    ["\r\n\r\na/..\r\n", 3],
    ["/..", 1],
    ["./..", 1],
    ["a/./b", 1],
    ["a\0b", 1],
  ];
  for (const [text, line] of cases) {
    assert.throws(() => parse(text), (error) => {
      assert.ok(error instanceof OrbitError && error.code === "invalid");
      assert.ok(error.message.startsWith(`read names "names": line ${line}: path `), error.message);
      return true;
    });
  }
  assert.deepEqual(paths("..a\n...\na..\n.b/.c"), [".b/.c", "...", "..a", "a.."].sort());
});

Deno.test("parseNameList lists every path once, a directory before what is in it", () => {
  const name = fc.constantFrom("a", "b", "a!", "é", "\udcff", "😀");
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
  fc.assert(fc.property(fc.array(path, { maxLength: 20 }), (wanted) => {
    const list = parse(wanted.join("\n"));
    const walked: string[] = [];
    const walk = (directory: string) => {
      for (const name of list.children.get(directory) ?? []) {
        const path = directory === "" ? name : `${directory}/${name}`;
        walked.push(path);
        walk(path);
      }
    };
    walk("");
    const named = new Set(wanted);
    assert.deepEqual(list.entries.map((entry) => entry.path), walked.filter((p) => named.has(p)));
    assert.deepEqual(list.parents, walked.filter((p) => !named.has(p)));
    assert.equal(list.entries.length, named.size);
  }));
});
