/** The exit status that a sync leads to. */
import { ExitCode, exitCodeOfError } from "#core/program/exit_codes.ts";
import type { SyncOutcome, SyncReport } from "./events.ts";

const BY_OUTCOME: Record<Exclude<SyncOutcome, "failed">, ExitCode> = {
  complete: ExitCode.ok,
  partial: ExitCode.someFailed,
  vanished: ExitCode.someVanished,
  "delete-limit": ExitCode.deleteLimit,
  interrupted: ExitCode.interrupted,
  cancelled: ExitCode.interrupted,
  timeout: ExitCode.timeout,
};

/** The status for the end of a sync. */
export function exitCodeOfReport(report: Pick<SyncReport, "outcome" | "error">): ExitCode {
  if (report.outcome !== "failed") return BY_OUTCOME[report.outcome];
  return exitCodeOfError(report.error?.code ?? "internal");
}
