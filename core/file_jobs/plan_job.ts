/**
 * A dry run as a job: its plan, or what it says of one path, kept line by line, instead of what it
 * would do.
 */
import type { ErrorData } from "#core/errors.ts";
import { type JobId, type JobStore, type NewStep, runJob } from "#core/magnetar/mod.ts";
import { NO_RETRY } from "#core/retry.ts";
import {
  dryRun,
  explainPath,
  type PreparedSync,
  type SyncEvent,
  type SyncReport,
  type SyncServices,
} from "#core/sync/mod.ts";
import { EventPieces } from "./event_pieces.ts";

/** The result of the one item that such a job has. */
export type PlanResult = Pick<SyncReport, "outcome" | "totals" | "durationMs">;

/** The key of that item. */
const KEY = "plan";

const TIMED_OUT: ErrorData = {
  code: "unavailable",
  message: "plan: nothing moved for the time that the timeout allows",
  detail: { outcome: "timeout" },
};

export const planGraph: NewStep[] = [{ name: "plan", after: [] }];

/** Plans, and keeps the plan, or what it means for one path, as the outputs of the job's item. */
export async function runPlan(
  sync: PreparedSync,
  services: SyncServices,
  { store, id, explain }: { store: JobStore; id: JobId; explain?: string },
): Promise<SyncReport | undefined> {
  let report: SyncReport | undefined;
  const step = {
    batch: { maxItems: 1, maxWeight: 1 },
    concurrency: 1,
    retry: NO_RETRY,
    replan: true,
    produce: () => [[{ key: KEY, payload: {}, weight: 0 }]],
    process: async (_: unknown, context: { signal: AbortSignal; output: Keep }) => {
      const pieces = new EventPieces((data) => context.output(KEY, data));
      const observer = (event: SyncEvent) => {
        if (isPlanEvent(event)) pieces.add(event);
        services.observer(event);
      };
      const planning = { ...services, observer, signal: context.signal };
      report = explain === undefined
        ? await dryRun(sync, planning)
        : await explainPath(sync, planning, explain);
      context.signal.throwIfAborted();
      pieces.end();
      const { outcome, totals, durationMs } = report;
      const error = outcome === "timeout" ? TIMED_OUT : report.error;
      if (error !== undefined) return [{ key: KEY, state: "failed" as const, error }];
      const result: PlanResult = { outcome, totals, durationMs };
      return [{ key: KEY, state: "done" as const, result }];
    },
  };
  const { clock, signal } = services;
  await runJob(store, id, { steps: { plan: step }, signal, clock, flaw: () => flawOf(report) });
  return report;
}

type Keep = (key: string, data: Uint8Array) => void;

const KEPT: ReadonlySet<SyncEvent["type"]> = new Set(["plan", "trouble", "note", "explain"]);

/** Whether it is a line of a plan: what would be done, what can't be looked at, or a remark. */
function isPlanEvent({ type }: SyncEvent): boolean {
  return KEPT.has(type);
}

/** What a run of the plan would be partial for. */
function flawOf(report: SyncReport | undefined): ErrorData | undefined {
  if (report?.outcome === "partial") return report.troubles[0]?.error;
  if (report?.outcome !== "delete-limit") return undefined;
  const message = "not everything would be deleted that the source lacks: --max-delete";
  return { code: "conflict", message, detail: { outcome: "delete-limit" } };
}
