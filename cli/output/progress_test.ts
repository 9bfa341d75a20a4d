import assert from "node:assert/strict";
import fc from "fast-check";
import { hostileNames, totals } from "./fixtures.ts";
import { Progress, progressBlock } from "./progress.ts";
import { RateMeter } from "#core/program/output/rate.ts";
import { fitMiddle, textWidth } from "#core/program/output/width.ts";

const some = totals({
  scanned: { files: 5000, directories: 10, links: 0, specials: 0, bytes: 4 * 2 ** 30 },
  plannedFiles: 5000,
  plannedBytes: 4 * 2 ** 30,
  copiedFiles: 1234,
  copiedBytes: 2 ** 30,
});

function create(change: { isTerminal?: boolean; color?: boolean; columns?: number } = {}) {
  const { isTerminal = true, color = false, columns = 80 } = change;
  const state = { now: 0, text: "" };
  const progress = new Progress({
    write: (text) => state.text += text,
    isTerminal,
    color,
    columns: () => columns,
    elapsed: () => state.now,
  });
  return { state, progress };
}

Deno.test("progressBlock says how much, how many, how fast, how long and where", () => {
  assert.deepEqual(progressBlock(some, 2 ** 30, "dir/file", 100), [
    "1.00 GiB of 4.00 GiB (25 %)  1,234 of 5,000 files  1.00 GiB/s  0:03 left",
    "  dir/file",
  ]);
  const [early] = progressBlock({ ...some, planned: false, failed: 2 }, 0, undefined, 120);
  assert.equal(
    early,
    "1.00 GiB of 4.00 GiB+  1,234 of 5,000+ files  0 B/s  5,000 files seen  2 failed",
  );
});

Deno.test("progressBlock leaves out the least of its parts where there is little room", () => {
  const shown = (columns: number) => {
    return progressBlock({ ...some, failed: 2 }, 2 ** 30, undefined, columns)[0];
  };
  assert.equal(shown(60), "1.00 GiB of 4.00 GiB (25 %)  1.00 GiB/s  0:03 left  2 failed");
  assert.equal(shown(50), "1.00 GiB of 4.00 GiB (25 %)  0:03 left  2 failed");
  assert.equal(shown(40), "1.00 GiB of 4.00 GiB (25 %)  2 failed");
  assert.equal(shown(30), "1.00 GiB of 4.00 GiB (25 %)");
  assert.equal(shown(10), "1.00 GiB o");
});

Deno.test("progressBlock is never wider than the terminal, whatever the name", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.integer({ min: 0, max: 120 }),
      (name, columns) => {
        for (const line of progressBlock(some, 1000, name, columns)) {
          assert(textWidth(line) <= columns, `${textWidth(line)} > ${columns}: ${line}`);
        }
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("progressBlock shows hostile names on one safe line", () => {
  for (const [name, shown] of hostileNames) {
    assert.equal(progressBlock(some, 0, name, 80)[1], `  ${shown}`);
  }
});

Deno.test("Progress draws a block at most ten times a second and erases it", () => {
  const { state, progress } = create();
  let drawn = 0;
  for (state.now = 0; state.now < 1000; state.now += 10) {
    const before = state.text;
    progress.update(some, "name");
    progress.tick();
    if (state.text !== before) drawn++;
  }
  assert.equal(drawn, 9);
  const erasure = "\x1b[1A\r\x1b[2K".repeat(2);
  assert.equal(state.text.split(erasure).length, drawn);
  assert(state.text.split(erasure).every((each) => /^1\.00 GiB of .*\n {2}name\n$/.test(each)));
  state.text = "";
  progress.clear();
  assert.equal(state.text, erasure);
  progress.clear();
  assert.equal(state.text, erasure);
});

Deno.test("Progress colours nothing unless colour is welcome", () => {
  for (const color of [false, true]) {
    const { state, progress } = create({ color });
    progress.update(some, "name");
    state.now = 200;
    progress.tick();
    assert.equal(state.text.includes("\x1b[2m"), color);
  }
});

Deno.test("Progress writes a plain line every 30 seconds where there is no terminal", () => {
  const { state, progress } = create({ isTerminal: false });
  for (state.now = 0; state.now <= 95_000; state.now += 100) {
    progress.update(some, "name");
    progress.tick();
  }
  const lines = state.text.split("\n").slice(0, -1);
  assert.equal(lines.length, 3);
  for (const line of lines) assert.match(line, /^orbit: 1\.00 GiB of 4\.00 GiB \(25 %\) /);
});

Deno.test("RateMeter follows the last seconds only", () => {
  const meter = new RateMeter();
  assert.equal(meter.perSecond, 0);
  for (let at = 0; at <= 60_000; at += 100) meter.add(at, at * 5);
  assert.equal(meter.perSecond, 5000);
  for (let at = 60_100; at <= 80_000; at += 100) meter.add(at, 300_000);
  assert.equal(meter.perSecond, 0);
});

Deno.test("fitMiddle counts wide and combining characters by their columns", () => {
  assert.equal(textWidth("日本"), 4);
  assert.equal(textWidth("e\u0301"), 1);
  assert.equal(fitMiddle("abcdefghij", 10), "abcdefghij");
  assert.equal(fitMiddle("abcdefghij", 7), "ab…ghij");
  assert.equal(fitMiddle("日本語日本語", 7), "日…本語");
});
