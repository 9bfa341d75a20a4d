/** Reports and names for the tests of the output. */
import type { PlannedAction, SyncReport, SyncTotals } from "#core/sync/events.ts";

/** Names that break careless output, and how each has to be shown. */
export const hostileNames: readonly [name: string, shown: string][] = [
  ["line\nbreak", "line\\nbreak"],
  ["\x1b[31mred", "\\x1b[31mred"],
  ["tab\tcr\r", "tab\\tcr\\r"],
  ["csi\x9b", "csi\\x9b"],
  ["\udcff\udc80", "\\xff\\x80"],
  ["txt\u202egpj", "txt\\u{202e}gpj"],
  ["back\\slash", "back\\\\slash"],
];

/** Totals, all zero unless said otherwise. */
export function totals(change: Partial<SyncTotals> = {}): SyncTotals {
  return {
    scanned: { files: 0, directories: 0, links: 0, specials: 0, bytes: 0 },
    plannedFiles: 0,
    plannedBytes: 0,
    planned: true,
    copiedFiles: 0,
    copiedBytes: 0,
    verifiedBytes: 0,
    resumedBytes: 0,
    created: { directories: 0, links: 0, specials: 0, hardLinks: 0 },
    attributesChanged: 0,
    deleted: 0,
    unchangedFiles: 0,
    skipped: 0,
    failed: 0,
    vanished: 0,
    ...change,
  };
}

/** The report of a complete run unless said otherwise. */
export function report(change: Partial<SyncReport> = {}): SyncReport {
  return {
    outcome: "complete",
    totals: totals(),
    durationMs: 1000,
    troubles: [],
    kept: [],
    ...change,
  };
}

/** A copied file unless said otherwise. */
export function action(change: Partial<PlannedAction> = {}): PlannedAction {
  return {
    kind: "copy",
    path: "a",
    itemized: ">f+++++++++",
    mode: 0o100644,
    size: 1,
    reason: "is missing",
    ...change,
  };
}
