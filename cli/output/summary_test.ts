import assert from "node:assert/strict";
import { hostileNames, report, totals } from "./fixtures.ts";
import { statsLines } from "./stats.ts";
import { outcomeLines, summaryLine } from "./summary.ts";

const done = totals({
  scanned: { files: 3, directories: 2, links: 1, specials: 0, bytes: 2048 },
  plannedFiles: 2,
  plannedBytes: 2048,
  copiedFiles: 2,
  copiedBytes: 2048,
  verifiedBytes: 2048,
  unchangedFiles: 1,
  deleted: 4,
});

Deno.test("summaryLine says what was copied, verified and deleted, how fast and how long", () => {
  const run = { dryRun: false, verify: "sent" } as const;
  assert.equal(
    summaryLine(report({ totals: done }), run),
    "copied 2 files, 2.00 KiB; verified 2.00 KiB; deleted 4; unchanged 1 file; " +
      "2.00 KiB/s, 1.00 s",
  );
  assert.match(
    summaryLine(report({ totals: done }), { ...run, verify: "none" }),
    /; not verified;/,
  );
  assert.equal(
    summaryLine(report({ totals: done }), { ...run, dryRun: true }),
    "dry run, nothing was changed: would copy 2 files, 2.00 KiB; unchanged 1 file; 1.00 s",
  );
});

Deno.test("outcomeLines is silent on success and says how to go on otherwise", () => {
  const run = { dryRun: false };
  assert.deepEqual(outcomeLines(report(), run), []);
  assert.deepEqual(outcomeLines(report({ outcome: "interrupted", jobId: "abc" }), run), [
    "orbit: interrupted; no file is half-written under its name",
    "orbit: to go on: orbit jobs resume abc (or the same command again)",
  ]);
  assert.deepEqual(
    outcomeLines(report({ outcome: "timeout" }), run).at(-1),
    [
      "orbit: to go on, run the same command again",
    ][0],
  );
  const partial = report({ outcome: "partial", totals: totals({ failed: 2 }) });
  assert.deepEqual(outcomeLines(partial, run), ["orbit: 2 items failed; the others were done"]);
  const failed = report({
    outcome: "failed",
    error: { code: "exhausted", message: 'write "a": no space left on device', detail: {} },
  });
  assert.deepEqual(outcomeLines(failed, run), ['orbit: write "a": no space left on device']);
  assert.equal(outcomeLines(report({ outcome: "interrupted" }), { dryRun: true }).length, 1);
});

Deno.test("outcomeLines shows kept files and errors with hostile names safely", () => {
  for (const [name, shown] of hostileNames) {
    const lines = outcomeLines(report({ outcome: "interrupted", kept: [name, "b"] }), {
      dryRun: false,
    });
    assert.equal(lines[1], `orbit: kept for a resume: "${shown}" and 1 other`);
  }
});

Deno.test("statsLines has rsync's labels in rsync's form", () => {
  const lines = statsLines(done, false);
  assert.equal(lines[0], "");
  assert(lines.includes("Number of files: 6 (reg: 3, dir: 2, link: 1)"));
  assert(lines.includes("Number of deleted files: 4"));
  assert(lines.includes("Number of regular files transferred: 2"));
  assert(lines.includes("Total file size: 2,048 bytes"));
  assert(lines.includes("Total transferred file size: 2,048 bytes"));
  assert(statsLines(done, true).includes("Total file size: 2.00 KiB"));
});
