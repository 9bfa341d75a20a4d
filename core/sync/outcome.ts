/** What a sync came to: for its report, and for its job. */
import type { Clock } from "#core/clock.ts";
import type { ErrorData } from "#core/errors.ts";
import type { JobOutcome } from "#core/magnetar/mod.ts";
import type { DeletionGuard } from "./deletion_guard.ts";
import type { SyncOutcome, SyncReport } from "./events.ts";
import type { Reporter } from "./reporter.ts";

/** What a job came to. */
export function outcomeOf(
  job: JobOutcome,
  reporter: Reporter,
  guard: DeletionGuard,
  timeout: AbortSignal,
): SyncOutcome {
  if (job.state === "cancelled") return "cancelled";
  if (job.state === "interrupted" || job.state === "paused") {
    return timeout.aborted ? "timeout" : "interrupted";
  }
  if (job.state === "failed") return "failed";
  const outcome = outcomeOfItems(reporter, guard);
  // Whatever was told of it, a job of which items failed isn't complete.
  return job.state === "partial" && outcome === "complete" ? "partial" : outcome;
}

/** What a run came to that nothing has ended early. */
export function outcomeOfItems({ totals }: Reporter, guard: DeletionGuard): SyncOutcome {
  if (totals.failed > 0) return "partial";
  if (totals.vanished > 0) return "vanished";
  return guard.limitReached ? "delete-limit" : "complete";
}

/** What a job that is over has to tell beside its items: entries that never became any, too. */
export function flawOf(
  { totals, failure }: Reporter,
  guard: DeletionGuard,
): ErrorData | undefined {
  if (failure !== undefined) {
    const { path, error } = failure;
    const message = `${totals.failed} could not be synced; the first: ${error.message}`;
    return { ...error, message, detail: { ...error.detail, path } };
  }
  if (totals.vanished > 0) {
    const message = `${totals.vanished} vanished from the source; everything else was done`;
    return { code: "not_found", message, detail: { outcome: "vanished" } };
  }
  if (!guard.limitReached) return undefined;
  const message = "not everything was deleted that the source lacks: --max-delete";
  return { code: "conflict", message, detail: { outcome: "delete-limit" } };
}

/** Tells the last of a run: its totals, and what it came to. */
export function conclude(
  reporter: Reporter,
  clock: Clock,
  startedAt: number,
  end: { outcome: SyncOutcome; error?: ErrorData; jobId?: string; kept?: string[] },
): SyncReport {
  const report: SyncReport = {
    kept: [],
    ...end,
    totals: reporter.totals,
    durationMs: clock.elapsed() - startedAt,
    troubles: reporter.troubles,
  };
  reporter.emit({ type: "progress", totals: reporter.totals });
  reporter.emit({ type: "end", report });
  return report;
}
