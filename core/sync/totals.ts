/** The running totals of a sync. */
import type { SyncTotals } from "./events.ts";

/** Counts a copy that is planned. */
export function countCopy(totals: SyncTotals, bytes: number): void {
  totals.plannedFiles++;
  totals.plannedBytes += bytes;
}

/** Totals of a run that has not begun. */
export function zeroTotals(): SyncTotals {
  return {
    scanned: { files: 0, directories: 0, links: 0, specials: 0, bytes: 0 },
    plannedFiles: 0,
    plannedBytes: 0,
    planned: false,
    copiedFiles: 0,
    copiedBytes: 0,
    verifiedBytes: 0,
    resumedBytes: 0,
    matchedBytes: 0,
    created: { directories: 0, links: 0, specials: 0, hardLinks: 0 },
    attributesChanged: 0,
    renamedFiles: 0,
    renamedBytes: 0,
    deleted: 0,
    removed: 0,
    unchangedFiles: 0,
    skipped: 0,
    failed: 0,
    vanished: 0,
  };
}
