import assert from "node:assert/strict";
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatNumberOf,
  formatRate,
} from "./format.ts";

Deno.test("formatBytes keeps to three digits or so and never shows 1024 of a unit", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.00 KiB"],
    [10_240, "10.0 KiB"],
    [102_400, "100 KiB"],
    [1_047_000, "1022 KiB"],
    [1_048_575, "1.00 MiB"],
    [1.5 * 2 ** 30, "1.50 GiB"],
    [2 ** 53, "8.00 PiB"],
    [2 ** 70, "1024 EiB"],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

Deno.test("formatRate is per second, and nothing without time", () => {
  assert.equal(formatRate(1024, 500), "2.00 KiB/s");
  assert.equal(formatRate(1024, 0), "–");
});

Deno.test("formatDuration and formatClock grow from seconds to days", () => {
  assert.equal(formatDuration(0), "0.00 s");
  assert.equal(formatDuration(349), "0.35 s");
  assert.equal(formatDuration(9_999), "10.0 s");
  assert.equal(formatDuration(59_960), "1:00");
  assert.equal(formatDuration(245_000), "4:05");
  assert.equal(formatClock(7), "0:07");
  assert.equal(formatClock(754), "12:34");
  assert.equal(formatClock(3723), "1:02:03");
  assert.equal(formatClock(36_000), "10:00:00");
  assert.equal(formatClock(273_906), "3 d 04:05:06");
});

Deno.test("formatCount groups digits, and formatNumberOf knows one from many", () => {
  assert.equal(formatCount(0), "0");
  assert.equal(formatCount(999), "999");
  assert.equal(formatCount(1_234_567), "1,234,567");
  assert.equal(formatNumberOf(1, "file"), "1 file");
  assert.equal(formatNumberOf(2000, "entry", "entries"), "2,000 entries");
});
