import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import {
  parseChoice,
  parseCount,
  parseRate,
  parseSeconds,
  parseSize,
  parseText,
} from "./values.ts";

function refuses(parse: () => unknown, value: string): void {
  assert.throws(parse, (error) => {
    assert(error instanceof OrbitError);
    assert.equal(error.code, "invalid");
    assert(error.message.startsWith(`--opt "${value}": is not `), error.message);
    return true;
  });
}

Deno.test("parseSize reads rsync's suffixes with rsync's meanings", () => {
  const cases: [text: string, bytes: number][] = [
    ...[["0", 0], ["10", 10], ["10b", 10], ["1K", 1024], ["1k", 1024], ["1KiB", 1024]],
    ...[["1KB", 1000], ["1kb", 1000], ["1.5M", 1_572_864], ["1.5mb", 1_500_000]],
    ...[["2G", 2 ** 31], ["3GiB", 3 * 2 ** 30], ["1T", 2 ** 40], ["1TB", 1e12], ["1P", 2 ** 50]],
    ...[["1K-1", 1023], ["1KB+1", 1001], ["1.5mb-1", 1_499_999], [".5K", 512], ["7+1", 8]],
  ] as [string, number][];
  for (const [text, bytes] of cases) assert.equal(parseSize("--opt", text), bytes, text);
});

Deno.test("parseSize refuses what is no size", () => {
  const texts = ["", ".", "K", "-1", "1X", "1KiBB", "1 K", "1e3", "1K+2", "0-1", "9999P", "1Ki"];
  for (const text of texts) refuses(() => parseSize("--opt", text), text);
});

Deno.test("parseRate is in KiB/s without a unit, and 0 is no limit", () => {
  assert.equal(parseRate("--opt", "100"), 102_400);
  assert.equal(parseRate("--opt", "1.5m"), 1_572_864);
  assert.equal(parseRate("--opt", "512b"), 512);
  assert.equal(parseRate("--opt", "0"), undefined);
  refuses(() => parseRate("--opt", "511b"), "511b");
});

Deno.test("parseSeconds gives milliseconds, and 0 is none", () => {
  assert.equal(parseSeconds("--opt", "30"), 30_000);
  assert.equal(parseSeconds("--opt", "0.5"), 500);
  assert.equal(parseSeconds("--opt", "0"), undefined);
  for (const text of ["", "-1", "1m", "Infinity"]) refuses(() => parseSeconds("--opt", text), text);
});

Deno.test("parseCount, parseChoice and parseText keep to their bounds", () => {
  assert.equal(parseCount("--opt", "8", { least: 1, most: 256 }), 8);
  for (const text of ["0", "257", "1.5", "0x1", "", " 1"]) {
    refuses(() => parseCount("--opt", text, { least: 1, most: 256 }), text);
  }
  assert.equal(parseChoice("--opt", "sent", ["none", "sent"]), "sent");
  refuses(() => parseChoice("--opt", "some", ["none", "sent"]), "some");
  assert.equal(parseText("--opt", "x"), "x");
  refuses(() => parseText("--opt", ""), "");
});
