/** The `--stats` block: rsync's labels where the meaning is equal, Orbit's own otherwise. */
import type { SyncTotals } from "#core/sync/events.ts";
import { formatBytes, formatCount } from "#core/program/output/format.ts";

/** Lines of the block, the first of them empty. */
export function statsLines(totals: SyncTotals, humanReadable: boolean): string[] {
  const bytes = (count: number) =>
    humanReadable ? formatBytes(count) : `${formatCount(count)} bytes`;
  const { scanned, created } = totals;
  const seen = scanned.files + scanned.directories + scanned.links + scanned.specials;
  return [
    "",
    `Number of files: ${formatCount(seen)}` + breakdown([
      ["reg", scanned.files],
      ["dir", scanned.directories],
      ["link", scanned.links],
      ["special", scanned.specials],
    ]),
    `Number of renamed files: ${formatCount(totals.renamedFiles)}`,
    `Number of deleted files: ${formatCount(totals.deleted)}`,
    ...totals.removed === 0
      ? []
      : [`Number of files removed from the source: ${formatCount(totals.removed)}`],
    `Number of regular files transferred: ${formatCount(totals.copiedFiles)}`,
    `Number of directories created: ${formatCount(created.directories)}`,
    `Number of symbolic links created: ${formatCount(created.links)}`,
    `Number of special files created: ${formatCount(created.specials)}`,
    `Number of hard links created: ${formatCount(created.hardLinks)}`,
    `Number of files with changed attributes only: ${formatCount(totals.attributesChanged)}`,
    `Number of unchanged regular files: ${formatCount(totals.unchangedFiles)}`,
    `Number of files left out: ${formatCount(totals.skipped)}`,
    `Number of failures: ${formatCount(totals.failed)}`,
    `Number of vanished files: ${formatCount(totals.vanished)}`,
    `Total file size: ${bytes(scanned.bytes)}`,
    `Total transferred file size: ${bytes(totals.copiedBytes)}`,
    `Total renamed file size: ${bytes(totals.renamedBytes)}`,
    `Literal data: ${bytes(totals.copiedBytes - totals.matchedBytes)}`,
    `Matched data: ${bytes(totals.matchedBytes)}`,
    ...totals.relayedBytes === undefined
      ? []
      : [`Data relayed by the Nucleus: ${bytes(totals.relayedBytes)}`],
    `Total verified file size: ${bytes(totals.verifiedBytes)}`,
    `Total resumed file size: ${bytes(totals.resumedBytes)}`,
  ];
}

function breakdown(parts: readonly (readonly [label: string, count: number])[]): string {
  const shown = parts.filter(([, count]) => count > 0)
    .map(([label, count]) => `${label}: ${formatCount(count)}`);
  return shown.length === 0 ? "" : ` (${shown.join(", ")})`;
}
