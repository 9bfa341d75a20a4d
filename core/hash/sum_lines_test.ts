import assert from "node:assert/strict";
import fc from "fast-check";
import { OrbitError } from "#core/errors.ts";
import { decodeName, encodeName } from "#core/names.ts";
import { formatSumLine, openBlake3, parseSumLine, readSumList, type SumListItem } from "./mod.ts";

const HASH = Uint8Array.from({ length: 32 }, (_, i) => i);
const DIGITS = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const unix = { windows: false };
const encoder = new TextEncoder();

const FORMATS: [title: string, name: string, line: string][] = [
  ["a plain name", "a b", `${DIGITS}  a b`],
  ["a leading space", " a", `${DIGITS}   a`],
  ["a line feed", "a\nb", `\\${DIGITS}  a\\nb`],
  ["a carriage return", "a\r", `\\${DIGITS}  a\\r`],
  ["a backslash", "a\\nb", `\\${DIGITS}  a\\\\nb`],
  ["invalid UTF-8", decodeName(Uint8Array.of(0x61, 0xff, 0xc3, 0x28)), `${DIGITS}  a\ufffd\ufffd(`],
  ["a byte order mark", "\ufeffa", `${DIGITS}  \ufeffa`],
];

for (const [title, name, line] of FORMATS) {
  Deno.test(`formatSumLine writes ${title}`, () => {
    assert.equal(formatSumLine(HASH, name, unix), line);
  });
}

Deno.test("formatSumLine writes Windows paths with slashes", () => {
  assert.equal(formatSumLine(HASH, "a\\b", { windows: true }), `${DIGITS}  a/b`);
});

Deno.test("parseSumLine inverts formatSumLine for every name that can be told", () => {
  const name = fc.string({ unit: "binary", minLength: 1 })
    .filter((text) => text.isWellFormed() && !/[\0\ufffd]/.test(text));
  fc.assert(fc.property(name, (name) => {
    const line = formatSumLine(HASH, name, unix);
    assert.deepEqual(parseSumLine(line, unix), { hash: HASH, name });
    assert.deepEqual(parseSumLine(`${line}\r`, unix), { hash: HASH, name });
  }));
});

Deno.test("parseSumLine takes backslashes literally in a line without the mark", () => {
  assert.equal(parseSumLine(`${DIGITS}  a\\nb`, unix).name, "a\\nb");
});

const BAD: [line: string, reason: RegExp][] = [
  ["", /^empty line$/],
  ["\r", /^empty line$/],
  ["junk", /hexadecimal digits/],
  [`${DIGITS.toUpperCase()}  a`, /hexadecimal digits/],
  [` ${DIGITS}  a`, /hexadecimal digits/],
  [`\ufeff${DIGITS}  a`, /hexadecimal digits/],
  [`BLAKE3 (a) = ${DIGITS}`, /hexadecimal digits/],
  [`${DIGITS} a`, /two spaces/],
  [`${DIGITS} *a`, /two spaces/],
  [DIGITS, /two spaces/],
  [`${DIGITS}  `, /empty name/],
  [`${DIGITS}  \r`, /empty name/],
  [`${DIGITS}  a\0b`, /NUL/],
  [`${DIGITS}  a\ufffd`, /U\+FFFD/],
  [`\\${DIGITS}  a\\`, /unknown escape/],
  [`\\${DIGITS}  a\\t`, /unknown escape/],
  [`\\\\${DIGITS}  a`, /hexadecimal digits/],
];

for (const [line, reason] of BAD) {
  Deno.test(`parseSumLine refuses ${JSON.stringify(line.replace(DIGITS, "<digest>"))}`, () => {
    assert.throws(
      () => parseSumLine(line, unix),
      (error) =>
        error instanceof OrbitError && error.code === "invalid" && reason.test(error.message),
    );
  });
}

Deno.test("parseSumLine refuses a backslash in a name on Windows", () => {
  assert.throws(() => parseSumLine(`${DIGITS}  a\\b`, { windows: true }), OrbitError);
});

function read(...pieces: Uint8Array[]): SumListItem[] {
  return [...readSumList(pieces, unix)];
}

Deno.test("readSumList numbers lines, and goes on after bad ones", () => {
  const list = encoder.encode(`${DIGITS}  a\r\nnonsense\n\n${DIGITS}  b`);
  assert.deepEqual(read(list.subarray(0, 50), list.subarray(50)), [
    { kind: "sum", line: 1, hash: HASH, name: "a" },
    { kind: "bad", line: 2, reason: "no 64 lower-case hexadecimal digits at its start" },
    { kind: "bad", line: 3, reason: "empty line" },
    { kind: "sum", line: 4, hash: HASH, name: "b" },
  ]);
});

Deno.test("readSumList takes lines that are not UTF-8 or have no end as bad ones", () => {
  const invalid = Uint8Array.of(...encoder.encode(`${DIGITS}  a`), 0xff, 0x0a);
  const endless = Array.from({ length: 20 }, () => new Uint8Array(100_000).fill(0x61));
  assert.deepEqual(read(invalid, ...endless, encoder.encode(`\n${DIGITS}  b`)), [
    { kind: "bad", line: 1, reason: "not UTF-8" },
    { kind: "bad", line: 2, reason: "longer than 1048576 bytes" },
    { kind: "sum", line: 3, hash: HASH, name: "b" },
  ]);
});

Deno.test("readSumList reads nothing from an empty list", () => {
  assert.deepEqual(read(), []);
  assert.deepEqual(read(new Uint8Array(0)), []);
});

/** Runs b3sum in a folder; null when it isn't installed. */
function b3sum(cwd: string, args: string[]): { code: number; output: Uint8Array } | null {
  try {
    const { code, stdout } = new Deno.Command("b3sum", { args, cwd, stderr: "null" }).outputSync();
    return { code, output: stdout };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

const hasB3sum = b3sum(".", ["--version"]) !== null;
const title = "b3sum and formatSumLine write the same list, and each reads the other's";

Deno.test({
  name: hasB3sum ? title : `${title} (skipped: b3sum is not installed)`,
  ignore: !hasB3sum || Deno.build.os === "windows",
  fn: async () => {
    const blake3 = await openBlake3();
    const folder = await Deno.makeTempDir();
    try {
      const names = ["a b", " lead", "trail ", "b\\s", "n\nl", "\\", "é😀", "\ufeffbom", "*star"];
      for (const name of names) Deno.writeFileSync(`${folder}/${name}`, encodeName(name));
      const line = (name: string) => formatSumLine(blake3.hash(encodeName(name)), name, unix);
      const ours = encoder.encode(names.map((name) => `${line(name)}\n`).join(""));

      const theirs = b3sum(folder, ["--", ...names])!;
      assert.deepEqual(new TextDecoder().decode(theirs.output), new TextDecoder().decode(ours));
      const parsed = read(theirs.output).map((item) => item.kind === "sum" && item.name);
      assert.deepEqual(parsed, names);

      Deno.writeFileSync(`${folder}/list`, ours);
      assert.equal(b3sum(folder, ["--check", "list"])!.code, 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
