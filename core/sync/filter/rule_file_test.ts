import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { appendRules, type FilterRule, parseRule } from "./rule.ts";
import { parseRuleFile } from "./rule_file.ts";

const include = (pattern: string): FilterRule => ({ kind: "include", pattern });
const exclude = (pattern: string): FilterRule => ({ kind: "exclude", pattern });
const lines = { nul: false, name: "rules.txt" };
const items = { nul: true, name: "rules.txt" };

Deno.test("parseRule reads prefixes, the clearing mark and nothing else", () => {
  const table: readonly [text: string, rules: FilterRule[]][] = [
    ["a", [exclude("a")]],
    ["- a", [exclude("a")]],
    ["+ a", [include("a")]],
    ["+  a ", [include(" a ")]],
    ["-a", [exclude("-a")]],
    ["+", [exclude("+")]],
    ["- !", [exclude("!")]],
    ["!a", [exclude("!a")]],
    ["#a", [exclude("#a")]],
    ["", []],
  ];
  for (const [text, rules] of table) {
    assert.deepEqual(parseRule(text, "exclude"), { clearsEarlier: false, rules }, text);
  }
  assert.deepEqual(parseRule("a", "include").rules, [include("a")]);
  assert.deepEqual(parseRule("!", "include"), { clearsEarlier: true, rules: [] });
  for (const text of ["+ ", "- ", "a\0b"]) {
    assert.throws(() => parseRule(text, "exclude"), (error) => {
      return error instanceof OrbitError && error.code === "invalid";
    });
  }
});

Deno.test("appendRules forgets what came before a clearing mark", () => {
  const list = [exclude("a")];
  assert.deepEqual(appendRules(list, parseRule("b", "include")), [exclude("a"), include("b")]);
  assert.deepEqual(appendRules(list, parseRule("!", "include")), []);
  assert.deepEqual(list, [exclude("a")]);
});

Deno.test("parseRuleFile reads lines, comments, prefixes and every kind of line end", () => {
  const text = "# one\n; two\n\na\r\n+ b\r- c \n #d\n\\#e";
  assert.deepEqual(parseRuleFile(text, "exclude", lines), {
    clearsEarlier: false,
    rules: [exclude("a"), include("b"), exclude("c "), exclude(" #d"), exclude("\\#e")],
  });
});

Deno.test("parseRuleFile clears what the file held, and says so", () => {
  assert.deepEqual(parseRuleFile("a\n!\nb\n", "include", lines), {
    clearsEarlier: true,
    rules: [include("b")],
  });
});

Deno.test("parseRuleFile with nul keeps line ends in patterns and still skips comments", () => {
  assert.deepEqual(parseRuleFile("a\nb\0\0#c\0+ d\r\0e", "exclude", items), {
    clearsEarlier: false,
    rules: [exclude("a\nb"), include("d\r"), exclude("e")],
  });
});

Deno.test("parseRuleFile keeps bytes that are not UTF-8", () => {
  const bytes = Uint8Array.of(0x61, 0xff, 0x0a, 0xc3, 0xa9);
  const expected = [exclude("a\udcff"), exclude("é")];
  assert.deepEqual(parseRuleFile(bytes, "exclude", lines).rules, expected);
  assert.deepEqual(parseRuleFile("a\udcff\né", "exclude", lines).rules, expected);
});

Deno.test("parseRuleFile names the file and line of a pattern it can't use", () => {
  const cases: readonly [text: string, line: number][] = [
    ["a\r\n\r\n- \r\n", 3],
    ["#\n#\n#\nb\0c", 4],
    [`${"x".repeat(4_096)}\n`, 1],
  ];
  for (const [text, line] of cases) {
    assert.throws(() => parseRuleFile(text, "exclude", lines), (error) => {
      assert.ok(error instanceof OrbitError && error.code === "invalid");
      assert.ok(error.message.startsWith(`read rules "rules.txt": line ${line}: `), error.message);
      assert.ok(error.message.length < 200);
      return true;
    });
  }
});
