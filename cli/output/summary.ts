/** The last lines of a run: what was done, and how to go on if it wasn't all. */
import { escapeName } from "#core/names.ts";
import type { SyncOutcome, SyncReport, SyncTotals } from "#core/sync/events.ts";
import type { VerifyMode } from "#core/sync/options.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumberOf,
  formatRate,
} from "#core/program/output/format.ts";
import { escapeMessage } from "#core/program/output/message.ts";

/** One line on what was done: copied, verified, at what rate, in what time. */
export function summaryLine(
  report: SyncReport,
  { dryRun, verify }: { dryRun: boolean; verify: VerifyMode },
): string {
  const { totals, durationMs } = report;
  if (dryRun) return drySummary(totals, durationMs);
  const parts = [
    `copied ${formatNumberOf(totals.copiedFiles, "file")}, ${formatBytes(totals.copiedBytes)}`,
    verify === "none" ? "not verified" : `verified ${formatBytes(totals.verifiedBytes)}`,
  ];
  if (totals.resumedBytes > 0) parts.push(`resumed ${formatBytes(totals.resumedBytes)}`);
  if (totals.renamedFiles > 0) parts.push(`renamed ${formatCount(totals.renamedFiles)}`);
  if (totals.matchedBytes > 0) parts.push(`found ${formatBytes(totals.matchedBytes)} there`);
  if (totals.relayedBytes) parts.push(`relayed ${formatBytes(totals.relayedBytes)}`);
  if (totals.deleted > 0) parts.push(`deleted ${formatCount(totals.deleted)}`);
  if (totals.removed > 0) parts.push(`removed ${formatCount(totals.removed)} from the source`);
  parts.push(`unchanged ${formatNumberOf(totals.unchangedFiles, "file")}`);
  const took = formatDuration(durationMs);
  return `${parts.join("; ")}; ${formatRate(totals.copiedBytes, durationMs)}, ${took}`;
}

function drySummary(totals: SyncTotals, durationMs: number): string {
  const parts = [
    `would copy ${formatNumberOf(totals.plannedFiles, "file")}, ` +
    formatBytes(totals.plannedBytes),
  ];
  parts.push(`unchanged ${formatNumberOf(totals.unchangedFiles, "file")}`);
  return `dry run, nothing was changed: ${parts.join("; ")}; ${formatDuration(durationMs)}`;
}

const OUTCOMES: Record<SyncOutcome, (report: SyncReport) => string | undefined> = {
  complete: () => undefined,
  partial: ({ totals }) => `${formatNumberOf(totals.failed, "item")} failed; the others were done`,
  vanished: ({ totals }) =>
    `${formatNumberOf(totals.vanished, "source file")} vanished; everything else was done`,
  "delete-limit": () => "deletions stopped at --max-delete; nothing beyond it was deleted",
  interrupted: () => "interrupted; no file is half-written under its name",
  cancelled: () => "cancelled; no file is half-written under its name",
  timeout: () => "gave up: nothing moved for the time that --timeout allows",
  failed: ({ error }) => escapeMessage(error?.message ?? "the run could not go on"),
};

/** Lines for standard error on a run that wasn't complete; none for one that was. */
export function outcomeLines(report: SyncReport, { dryRun }: { dryRun: boolean }): string[] {
  const message = OUTCOMES[report.outcome](report);
  if (message === undefined) return [];
  const lines = [`orbit: ${message}`];
  const unnamed = report.totals.failed - report.troubles.length;
  if (report.outcome === "failed" && report.totals.failed > 0) {
    lines.push(`orbit: ${formatNumberOf(report.totals.failed, "item")} failed`);
  } else if (unnamed > 0 && report.troubles.length >= MAX_NAMED) {
    lines.push(`orbit: the report names the first ${formatCount(report.troubles.length)} of them`);
  }
  if (report.kept.length > 0) lines.push(keptLine(report.kept));
  if (!dryRun && isResumable(report)) lines.push(resumeLine(report.jobId));
  return lines;
}

/** Troubles that a report names at most. */
const MAX_NAMED = 1000;

function isResumable({ outcome }: SyncReport): boolean {
  return outcome === "interrupted" || outcome === "timeout";
}

function keptLine(kept: readonly string[]): string {
  const first = `"${escapeName(kept[0])}"`;
  const rest = kept.length === 1 ? "" : ` and ${formatNumberOf(kept.length - 1, "other")}`;
  return `orbit: kept for a resume: ${first}${rest}`;
}

function resumeLine(jobId: string | undefined): string {
  return jobId === undefined
    ? "orbit: to go on, run the same command again"
    : `orbit: to go on: orbit jobs resume ${escapeName(jobId)} (or the same command again)`;
}
