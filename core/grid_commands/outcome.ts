/** What the end of a job means. */
import type { JobShape } from "#core/grid_api/mod.ts";
import type { ExitCode } from "#core/program/exit_codes.ts";
import type { SyncOutcome } from "#core/sync/events.ts";
import { exitCodeOfReport } from "#core/sync/exit_code.ts";

type Ended = Pick<JobShape, "state" | "error">;

/** How a job that is over ended, in the words of a sync. */
export function outcomeOf({ state, error }: Ended): SyncOutcome {
  const { outcome } = error?.detail ?? {};
  switch (state) {
    case "succeeded":
      return "complete";
    case "partial":
      return outcome === "vanished" || outcome === "delete-limit" ? outcome : "partial";
    case "cancelled":
      return "cancelled";
    default:
      return outcome === "timeout" ? "timeout" : "failed";
  }
}

/** The exit status of a job that is over. */
export function exitCodeOf(job: Ended): ExitCode {
  return exitCodeOfReport({ outcome: outcomeOf(job), error: job.error });
}
