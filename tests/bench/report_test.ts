import assert from "node:assert/strict";
import { judge, median, type Side } from "./race.ts";
import { isGood, toJson, toTable } from "./report.ts";
import { type Row, ROWS } from "./rows.ts";

const row = (id: string): Row => ROWS.find((row) => row.id === id)!;

const side = (wallSeconds: number, peakBytes = 50e6): Side => ({
  wallSeconds,
  cpuSeconds: wallSeconds * 2,
  peakBytes,
  runs: [],
});

Deno.test("median takes the middle, or the mean of two", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

Deno.test("judge compares wall times with a ratio bar", () => {
  assert.equal(judge(row("big"), side(0.4), side(1)).isMet, true);
  assert.equal(judge(row("big"), side(0.41), side(1)).isMet, false);
});

Deno.test("judge compares memory with a memory bar", () => {
  assert.equal(judge(row("memory"), side(9, 299e6), side(1)).isMet, true);
  assert.equal(judge(row("memory"), side(1, 301e6), side(1)).isMet, false);
});

Deno.test("toTable lines up figures, bars and reasons", () => {
  const lines = [
    { row: row("small"), outcome: judge(row("small"), side(0.5), side(1)) },
    { row: row("hash"), skipped: "b3sum is not installed" },
  ];
  const [head, rule, small, hash] = toTable(lines, { runs: 5, scale: 1 }).split("\n");
  assert.equal(new Set([head, rule, small, hash].map((line) => line.length)).size, 1);
  assert.match(small, /\| 0\.50 s, 1\.00 cpu, 50 MB \| .* \| 0\.50 +\| ≤ 1 +\| yes +\|$/);
  assert.match(hash, /\| not run .* \| ≤ 1\.2 \| b3sum is not installed \|$/);
});

Deno.test("isGood wants every command to work and every bar to be met", () => {
  const missed = { row: row("small"), outcome: judge(row("small"), side(2), side(1)) };
  assert.equal(isGood([missed], { runs: 5, scale: 1 }), false);
  assert.equal(isGood([missed], { runs: 5, scale: 0.1 }), true);
  assert.equal(isGood([{ row: row("hash"), skipped: "why" }], { runs: 5, scale: 1 }), true);
  assert.equal(isGood([{ row: row("hash"), error: "why" }], { runs: 5, scale: 0.1 }), false);
});

Deno.test("toJson keeps what programs need", () => {
  const outcome = judge(row("small"), side(2), side(1));
  const data = JSON.parse(toJson([{ row: row("small"), outcome }], { runs: 5, scale: 1 }));
  assert.deepEqual([data.schema, data.runs, data.rows[0].id, data.rows[0].ratio], [
    1,
    5,
    "small",
    2,
  ]);
});
