/** Reports and names for the tests of the output. */
import type { PlannedAction, SyncReport, SyncTotals } from "#core/sync/events.ts";
import { zeroTotals } from "#core/sync/totals.ts";

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
  return { ...zeroTotals(), planned: true, ...change };
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
