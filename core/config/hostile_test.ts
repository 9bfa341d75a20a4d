import assert from "node:assert/strict";
import { OrbitError } from "../errors.ts";
import { readConfigFile } from "./mod.ts";
import { read, refusal, schema } from "./read_fixture.ts";

Deno.test("readConfig lists duplicate keys and goes on to what else is wrong", () => {
  const lines = refusal(`[security]
allowed_paths = ["/a"]
allowed_paths = ["/b"] # twice
"allowed_paths" = 3
[limits]
calls = 5
[limits]
calls = 6
[limits.calls]
x = 1
[log]
log.level = "x"
nmae = "x"
level = "loud"
level = "warn"`);
  assert.deepEqual(lines, [
    'star.toml:3:1: duplicate key "allowed_paths"; line 2 has it already',
    'star.toml:4:1: duplicate key "allowed_paths"; line 2 has it already',
    'star.toml:7:2: duplicate key "limits"; line 5 has it already',
    'star.toml:9:9: duplicate key "calls"; line 6 has it already',
    'star.toml:12:1: unknown key "log" in [log]; known: "level", "name"',
    'star.toml:13:1: unknown key "nmae" in [log]; did you mean "name"?',
    'star.toml:14:9: "log.level" must be one of "info", "warn", not "loud"',
    'star.toml:15:1: duplicate key "level"; line 14 has it already',
  ]);
  const inline = refusal(
    "log = { level = 'info', level = 'warn', x = 1 }\n[security]\n" +
      "allowed_paths = ['/a']",
  );
  assert.deepEqual(inline, [
    'star.toml:1:25: duplicate key "level"; line 1 has it already',
    'star.toml:1:41: unknown key "x" in [log]; known: "level", "name"',
  ]);
});

Deno.test("readConfig points at syntax errors, beside duplicates before them", () => {
  const cases: [text: string, line: string][] = [
    ["[log]\nlevel =\nname = 'x'", "2:8: not valid TOML: a value is missing"],
    ["[log]\nlevel = 'x", "2:11: not valid TOML: unterminated string constant"],
    ["level = # soon\nname = 'x'", "1:8: not valid TOML: a value is missing"],
    ["a = [1,", "1:8: not valid TOML: a value is missing"],
    ["a = 1\n$ = 2", "2:1: not valid TOML: unexpected character"],
    ["[log\n", "1:5: not valid TOML: unterminated table-key"],
    ["level\nname = 1", '1:6: not valid TOML: expected "=" and a value'],
    ["level 'x'", '1:7: not valid TOML: expected "=" after the key'],
    ["a = 1 b = 2", "1:7: not valid TOML: expected the end of the line"],
    ["a = 012", "1:5: not valid TOML: leading zeros are not allowed"],
    ["a = '\x01'", "1:6: not valid TOML: control characters"],
  ];
  for (const [text, line] of cases) {
    const lines = refusal(text);
    assert.equal(lines.length, 1);
    assert(lines[0].startsWith(`star.toml:${line}`), lines[0]);
  }
  assert.deepEqual(refusal("[log]\n[log]\nx = "), [
    'star.toml:2:2: duplicate key "log"',
    "star.toml:3:4: not valid TOML: a value is missing",
  ]);
});

Deno.test("readConfig lists twenty problems and counts the others", () => {
  for (const line of ["k$ = 1", "k = $"]) {
    const text = Array.from({ length: 30 }, (_, i) => line.replace("$", `${i}`)).join("\n");
    const lines = refusal(text);
    const expected = line === "k = $" ? 20 : 21;
    assert.equal(lines.length, expected, lines.join("\n"));
    assert.match(lines[19], /^star\.toml:(20|21):1: /);
  }
  assert.equal(refusal("a=1\n".repeat(2).replace("a", "b")).length, 3);
  const many = Array.from({ length: 21 }, (_, i) => `k${i} = 1`).join("\n");
  assert.equal(
    refusal(`${many}\n[security]\nallowed_paths=['/']`).at(-1),
    "star.toml: and 1 more problem",
  );
});

Deno.test("readConfig takes keys of the prototype for the unknown keys that they are", () => {
  const keys = ["__proto__", "constructor", "hasOwnProperty", "toString"];
  const text = keys.map((key) => `${key} = { x = 1 }`).join("\n");
  const lines = refusal(`${text}\n[security]\nallowed_paths = ["/a"]`);
  assert.equal(lines.length, keys.length);
  for (const [i, key] of keys.entries()) {
    assert(lines[i].includes(`unknown key "${key}"`), lines[i]);
  }
  assert.equal(({} as Record<string, unknown>).x, undefined);
});

Deno.test("readConfig shows hostile keys and values short and escaped", () => {
  const [line] = refusal(`"a\\u001b[2J\\n${"x".repeat(500)}" = 1\n[security]\nallowed_paths=["/"]`);
  assert(line.length < 300 && line.includes("\\x1b[2J\\nx") && line.includes("…"), line);
});

Deno.test("readConfig refuses what is too large, too deep or not UTF-8", () => {
  const large = `#${"x".repeat(1 << 20)}`;
  assert.match(refusal(large)[0], /^star\.toml: larger than 1048576 bytes/);
  assert.match(refusal(new TextEncoder().encode(large))[0], /^star\.toml: larger than/);
  const broken = new Uint8Array([...new TextEncoder().encode("a = 1\n# ü\nb = '"), 0xff, 0x27]);
  assert.match(refusal(broken)[0], /^star\.toml:3:1: a byte on this line isn't UTF-8/);
  for (const depth of [20, 2000, 100_000]) {
    const text = `a = ${"[".repeat(depth)}${"]".repeat(depth)}`;
    assert(
      refusal(text).some((line) =>
        /^star\.toml:1:\d+: (not valid TOML: )?nested too deeply$/.test(line)
      ),
    );
  }
  const dotted = `${"a.".repeat(30)}a = 1`;
  assert.equal(refusal(dotted)[0], "star.toml:1:1: nested too deeply");
  assert.equal(refusal(`[${"a.".repeat(30)}a]`)[0], "star.toml:1:1: nested too deeply");
});

Deno.test("refuse of a read configuration names the line of each key", () => {
  const config = read('[security]\nallowed_paths = ["/a",\n  "/ü/b", { path = "/c" }]');
  const error = config.refuse([
    { keys: ["log", "level"], message: "unset" },
    { keys: ["security", "allowed_paths", 2, "path"], message: "three" },
    { keys: ["security", "allowed_paths", 1], message: "two" },
  ]);
  assert.equal(error.code, "invalid");
  assert.deepEqual(error.message.split("\n"), [
    "star.toml:3:3: two",
    "star.toml:3:20: three",
    "star.toml:3:27: unset",
  ]);
});

Deno.test("readConfigFile reads an ordinary file, and refuses others and endless ones", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/star.toml`;
    Deno.writeTextFileSync(path, 'security.allowed_paths = ["/a"]');
    assert.deepEqual(readConfigFile({ path, schema }).value.security, { allowed_paths: ["/a"] });
    Deno.writeTextFileSync(path, "#".repeat((1 << 20) + 1));
    const cases: [path: string, code: string, message: RegExp][] = [
      [path, "invalid", /star\.toml: larger than 1048576 bytes/],
      [`${folder}/no.toml`, "not_found", /^read configuration ".*no\.toml": no such file/],
      [folder, "invalid", /not an ordinary file/],
      ["/dev/zero", "invalid", /not an ordinary file/],
    ];
    for (const [path, code, message] of cases) {
      assert.throws(() => readConfigFile({ path, schema }), (error) => {
        assert(error instanceof OrbitError);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
