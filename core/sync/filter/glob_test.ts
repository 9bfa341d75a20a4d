import assert from "node:assert/strict";
import fc from "fast-check";
import { toByteText } from "./byte_text.ts";
import { compileGlob, matchGlob } from "./glob.ts";

function matches(pattern: string, text: string): boolean {
  const glob = compileGlob(toByteText(pattern));
  return glob !== undefined && matchGlob(glob, toByteText(text));
}

const table: readonly [pattern: string, takes: string[], leaves: string[]][] = [
  ["", [""], ["a"]],
  ["*", ["", "a", "a.b"], ["a/b", "/"]],
  ["**", ["", "a", "a/b", "/"], []],
  ["***", ["", "a/b"], []],
  ["?", ["a", "?"], ["", "/", "ab"]],
  ["a*b", ["ab", "axb", "abb"], ["a/b", "ba", "abc"]],
  ["a**b", ["ab", "a/b", "a/x/b"], ["a/x"]],
  ["**/b", ["/b", "a/b", "a/c/b"], ["b", "a/bc"]],
  ["a/*/c", ["a/b/c"], ["a/c", "a/b/b/c"]],
  ["a/**/c", ["a/b/c", "a/b/b/c", "a//c"], ["a/c"]],
  ["**a*b", ["ab", "x/axb", "a/ab"], ["a/b", "ab/"]],
  ["**/a/*x/c*d", ["y/a/a/a/x/cd", "/a/x/cd"], ["/a/x/y/cd"]],
  ["\\*", ["*"], ["\\*", "a"]],
  ["a\\", [], ["a", "a\\"]],
  ["\\a\\/b*", ["a/b"], ["\\a/b"]],
  ["[ab]", ["a", "b"], ["c", "", "ab"]],
  ["[a-c]x", ["ax", "bx", "cx"], ["dx", "-x"]],
  ["[c-a]", ["c"], ["a", "b", "-"]],
  ["[]]", ["]"], ["[", ""]],
  ["[]a]", ["]", "a"], ["b"]],
  ["[!]a]", ["b"], ["]", "a", "/"]],
  ["[^ab]", ["c", "^"], ["a", "b", "/"]],
  ["[a^]", ["a", "^"], ["b"]],
  ["[a-]", ["a", "-"], ["b"]],
  ["[-a]", ["a", "-"], ["b"]],
  ["[.-0]", [".", "0"], ["/"]],
  ["[/]", [], ["/"]],
  ["[\\]]", ["]"], ["\\"]],
  ["[a-\\c]", ["a", "b", "c"], ["d", "\\"]],
  ["[[:alpha:]]", ["a", "Z"], ["1", ":", "["]],
  ["[[:digit:]x-z]", ["0", "y"], ["a"]],
  ["[![:space:]]", ["a"], [" ", "\t", "\v", "/"]],
  ["[[:punct:]]", ["!", "~", "_"], ["a", "/"]],
  ["[[:nothing:]]", [], ["n", ":"]],
  ["[[:constructor:]]", [], ["c"]],
  ["[[::]]", [], [":", "["]],
  ["[[:]", ["[", ":"], ["a"]],
  ["[[:a]", ["[", ":", "a"], ["b"]],
  ["[a", [], ["a", "[a", "["]],
  ["[", [], ["["]],
  ["a]", ["a]"], ["a"]],
  // One byte each: a character beyond ASCII has two to four.
  ["?", [], ["é", "𝄞"]],
  ["??", ["é"], []],
  ["????", ["𝄞"], ["é"]],
  ["é*", ["é", "éa"], ["e", "É"]],
  ["x?y", ["x\udcffy"], []],
  ["x[!a]y", ["x\udcffy"], ["xéy"]],
  ["[\udc80-\udcff]", ["\udcc3"], ["é", "a"]],
  ["\udcc3*", ["\udcc3a", "é"], []],
];

Deno.test("matchGlob takes and leaves what rsync's wildcards do", () => {
  for (const [pattern, takes, leaves] of table) {
    for (const text of takes) assert.ok(matches(pattern, text), `${pattern} takes ${text}`);
    for (const text of leaves) assert.ok(!matches(pattern, text), `${pattern} leaves ${text}`);
  }
});

/** The plainest matcher there is: tries everything. */
function tryEverything(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  const stars = /^\*+/.exec(pattern)?.[0].length ?? 0;
  if (stars === 0) {
    const taken = pattern[0] === "?" ? text !== "" && text[0] !== "/" : text[0] === pattern[0];
    return taken && tryEverything(pattern.slice(1), text.slice(1));
  }
  for (let end = 0; end <= text.length; end++) {
    if (stars === 1 && text.slice(0, end).includes("/")) break;
    if (tryEverything(pattern.slice(stars), text.slice(end))) return true;
  }
  return false;
}

Deno.test("matchGlob agrees with a matcher that tries everything", () => {
  const pattern = fc.array(fc.constantFrom("a", "b", "/", "*", "**", "?"), { maxLength: 10 })
    .map((parts) => parts.join(""));
  const text = fc.array(fc.constantFrom("a", "b", "/"), { maxLength: 14 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      assert.equal(matches(pattern, text), tryEverything(pattern, text));
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("matchGlob takes few steps whatever pattern and text are", () => {
  const long = 4_000;
  const hostile: readonly [pattern: string, text: string][] = [
    ["*a".repeat(1_000) + "*b*c", "a".repeat(long) + "c"],
    ["**a".repeat(1_000) + "**b**c", "a".repeat(long) + "c"],
    ["**a*b*c", "a".repeat(long) + "c"],
    ["**a*b*c", "aaaaaaa/".repeat(long / 8) + "c"],
    ["**?*?*?b*c", "b" + "a".repeat(long) + "/c"],
  ];
  for (const [pattern, text] of hostile) {
    const counter = { steps: 0 };
    assert.equal(matchGlob(compileGlob(pattern)!, text, counter), false);
    assert.ok(counter.steps > 100, `${pattern.slice(0, 20)}: the matcher has really run`);
    assert.ok(
      counter.steps <= 4 * (text.length + pattern.length),
      `${pattern.slice(0, 20)}: ${counter.steps} steps`,
    );
  }
});

Deno.test("matchGlob stays within text times pattern when pieces almost fit everywhere", () => {
  const hostile: readonly [pattern: string, text: string][] = [
    ["**" + "a".repeat(50) + "b*c", "a".repeat(4_000) + "b/c"],
    ["**/a*/a*/a*b*c", "/aaaaaaa".repeat(500) + "c"],
    ["**" + "/*a".repeat(200) + "*b*c", "/aaaaaaa".repeat(500) + "c"],
  ];
  for (const [pattern, text] of hostile) {
    const counter = { steps: 0 };
    assert.equal(matchGlob(compileGlob(pattern)!, text, counter), false);
    assert.ok(counter.steps > text.length, `${pattern}: the matcher has really run`);
    assert.ok(counter.steps <= text.length * pattern.length, `${pattern}: ${counter.steps} steps`);
  }
});
