/** What a test run came to, read from the summary that `deno test` ends with. */

/** How many tests ended which way. */
export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts of something that only failed. */
export function failed(count: number): TestCounts {
  return { passed: 0, failed: count, skipped: 0 };
}

/** The sum of two runs. */
export function addCounts(a: TestCounts, b: TestCounts): TestCounts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/** `N passed, N failed`, and `, N skipped` when there are any. */
export function countsLine(counts: TestCounts): string {
  const line = `${counts.passed} passed, ${counts.failed} failed`;
  return counts.skipped === 0 ? line : `${line}, ${counts.skipped} skipped`;
}

const SUMMARY =
  /^(?:ok|FAILED) \| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed(?: \(\d+ steps?\))?(?: \| (\d+) ignored)?/gm;

/**
 * Counts from the output of `deno test`. The exit status has the last word: a run that failed
 * without naming a failed test (types, a crash, no summary) counts as one failure.
 *
 * The JUnit report is not used: it leaves out files that failed to load.
 */
export function countTests(output: string, success: boolean): TestCounts {
  // deno-lint-ignore no-control-regex
  const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, "");
  const summary = [...plain.matchAll(SUMMARY)].at(-1);
  if (summary === undefined) return failed(1);
  const counts = {
    passed: Number(summary[1]),
    failed: Number(summary[2]),
    skipped: Number(summary[3] ?? 0),
  };
  return success || counts.failed > 0 ? counts : addCounts(counts, failed(1));
}
