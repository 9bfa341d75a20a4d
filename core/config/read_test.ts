import assert from "node:assert/strict";
import { OrbitError } from "../errors.ts";
import { readConfig, table, text } from "./mod.ts";
import { read, refusal } from "./read_fixture.ts";

Deno.test("readConfig gives the schema's values, defaults where nothing is written", () => {
  const { value } = read(`
[security]
allowed_paths = ["/mnt/data/", { path = "/srv//in", read = false }]
[limits]
calls = 0x10
ratio = 0.5
`);
  assert.deepEqual(value, {
    security: { allowed_paths: ["/mnt/data", { path: "/srv/in", read: false }] },
    limits: { calls: 16, wait: 5000, ratio: 0.5 },
    log: { level: "info" },
  });
});

Deno.test("readConfig reads dotted keys, inline tables and headers alike", () => {
  const paths = 'allowed_paths = ["/a"]';
  const expected = read(`limits.calls = 3\nsecurity.${paths}`).value;
  assert.equal(expected.limits.calls, 3);
  assert.deepEqual(read(`[security]\n${paths}\n[limits]\ncalls = 3`).value, expected);
  assert.deepEqual(read(`limits = { calls = 3 }\nsecurity = { ${paths} }`).value, expected);
  assert.deepEqual(read(`\ufefflimits = { calls = 3 }\r\n[security]\r\n${paths}`).value, expected);
  const bytes = new TextEncoder().encode(`\ufefflimits.calls = 3\n[security]\n${paths}`);
  assert.deepEqual(read(bytes).value, expected);
  const nested = '[[security.allowed_paths]]\npath = "/a"\n[[security.allowed_paths]]\npath="/b"\n';
  assert.deepEqual(read(nested).value.security.allowed_paths, [
    { path: "/a", read: true },
    { path: "/b", read: true },
  ]);
});

Deno.test("readConfig names place, key and what was probably meant, of all problems", () => {
  const lines = refusal(`zz = 1
[security]
allow_paths = ["/a"]
[limits]
calls = 0
wait = "5 s"
toString = 1
[log]
level = "loud"
name = ""
[lgo]
`);
  assert.deepEqual(lines, [
    'star.toml:1:1: unknown key "zz" at the top level; known: "security", "limits", "log"',
    'star.toml:3:1: unknown key "allow_paths" in [security]; did you mean "allowed_paths"?',
    'star.toml:5:9: "limits.calls" must be a whole number from 1 to 100, not 0',
    'star.toml:6:8: "limits.wait" must be a duration from "1s" to "1h", such as "1s", not "5 s"',
    'star.toml:7:1: unknown key "toString" in [limits]; known: "calls", "wait", "ratio"',
    'star.toml:9:9: "log.level" must be one of "info", "warn", not "loud"',
    'star.toml:10:8: "log.name" must be a text of 1 to 1024 characters without control ' +
    'characters, not ""',
    'star.toml:11:1: unknown key "lgo" at the top level; did you mean "log"?',
  ]);
});

Deno.test("readConfig refuses wrong types, and 5.0 for a whole number", () => {
  const cases: [line: string, message: string][] = [
    ["limits.calls = 5.0", '1:16: "limits.calls" must be a whole number from 1 to 100, not 5.0'],
    ['limits.calls = "5"', '1:16: "limits.calls" must be a whole number from 1 to 100, not "5"'],
    ["limits.calls = 99999999999999999999", '1:16: "limits.calls" must be a whole number from 1'],
    ["limits.calls = nan", '1:16: "limits.calls" must be a whole number from 1 to 100, not NaN'],
    ["limits.calls = 2030-01-01", '1:16: "limits.calls" must be a whole number from 1 to 100, not'],
    ["limits.ratio = 1", '1:16: "limits.ratio" must be number, not 1'],
    ["limits = 3", '1:10: "limits" must be a table, not 3'],
    ["limits = []", '1:10: "limits" must be a table, not an empty list'],
    ["limits = 2030-01-01", '1:10: "limits" must be a table, not a date or time'],
    ["[[limits]]\ncalls = 3", '1:1: "limits" must be a table, not a list of 1'],
    ["log.name = true", '1:12: "log.name" must be a text of 1 to 1024 characters'],
    ["log.level = {}", '1:13: "log.level" must be one of "info", "warn", not a table'],
  ];
  for (const [line, message] of cases) {
    const lines = refusal(`${line}\n[security]\nallowed_paths = ["/a"]`);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert(lines[0].startsWith(`star.toml:${message}`), lines[0]);
  }
});

Deno.test("readConfig judges an alternative by how it was meant", () => {
  const lines = refusal(`[security]
allowed_paths = [
  "data",
  5,
  { path = "/a", red = true, read = 1 },
  { read = false },
]`);
  assert.deepEqual(lines, [
    'star.toml:3:3: "security.allowed_paths[0]" must be an absolute path without "..", not "data"',
    'star.toml:4:3: "security.allowed_paths[1]" must be a path, or a table with "path", not 5',
    'star.toml:5:18: unknown key "red" in security.allowed_paths[2]; did you mean "read"?',
    'star.toml:5:37: "security.allowed_paths[2].read" must be true or false, not 1',
    'star.toml:6:3: missing key "path" in security.allowed_paths[3]',
  ]);
});

Deno.test("readConfig counts the elements of a list", () => {
  for (const [list, shown] of [["[]", "an empty list"], ['["/a","/b","/c","/d"]', "a list of 4"]]) {
    assert.deepEqual(refusal(`security.allowed_paths = ${list}`), [
      `star.toml:1:26: "security.allowed_paths" must be a list of 1 to 3 in [ ], not ${shown}`,
    ]);
  }
});

Deno.test("readConfig points at the header of a table that lacks a key, or at the file's end", () => {
  const missing = 'missing key "allowed_paths" in [security]';
  assert.deepEqual(refusal("[log]\n\n  [security]\n[limits]"), [`star.toml:3:3: ${missing}`]);
  assert.deepEqual(refusal("[log]\n"), [`star.toml:2:1: ${missing}`]);
  assert.deepEqual(refusal(""), [`star.toml:1:1: ${missing}`]);
  assert.deepEqual(refusal("log.level = 'info'\nsecurity = {}"), [`star.toml:2:1: ${missing}`]);
});

Deno.test("readConfig names a required table that is missing", () => {
  assert.throws(
    () => readConfig({ path: "x", text: "\n", schema: table({ a: table({ b: text() }) }) }),
    (error) => error instanceof OrbitError && error.message === "x:2:1: missing table [a]",
  );
});
