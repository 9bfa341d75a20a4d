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

/**
 * Totals of attempts that follow one another, as one run: what was done adds up; how much there is
 * to do, and what went wrong, is as the last one sees it.
 */
export function addTotals(earlier: SyncTotals, last: SyncTotals): SyncTotals {
  const { copiedFiles, copiedBytes, created } = earlier;
  return {
    ...last,
    // What the last attempt found of large files that are copied in part isn't to be copied twice.
    plannedFiles: copiedFiles + last.plannedFiles,
    plannedBytes: copiedBytes +
      (copiedBytes > 0 ? Math.max(0, last.plannedBytes - last.resumedBytes) : last.plannedBytes),
    copiedFiles: copiedFiles + last.copiedFiles,
    copiedBytes: copiedBytes + last.copiedBytes,
    verifiedBytes: earlier.verifiedBytes + last.verifiedBytes,
    resumedBytes: earlier.resumedBytes + last.resumedBytes,
    matchedBytes: earlier.matchedBytes + last.matchedBytes,
    created: {
      directories: created.directories + last.created.directories,
      links: created.links + last.created.links,
      specials: created.specials + last.created.specials,
      hardLinks: created.hardLinks + last.created.hardLinks,
    },
    attributesChanged: earlier.attributesChanged + last.attributesChanged,
    renamedFiles: earlier.renamedFiles + last.renamedFiles,
    renamedBytes: earlier.renamedBytes + last.renamedBytes,
    deleted: earlier.deleted + last.deleted,
    removed: earlier.removed + last.removed,
    // What earlier attempts brought is unchanged only because they did.
    unchangedFiles: Math.max(
      0,
      last.unchangedFiles - Math.max(0, copiedFiles + earlier.renamedFiles - earlier.removed),
    ),
  };
}
