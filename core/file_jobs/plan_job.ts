/** A dry run as a job: its plan, kept line by line, instead of what it would do. */
import type { ErrorData } from "#core/errors.ts";
import { type JobId, type JobStore, type NewStep, runJob } from "#core/magnetar/mod.ts";
import { NO_RETRY } from "#core/retry.ts";
import {
  dryRun,
  type PreparedSync,
  type SyncEvent,
  type SyncReport,
  type SyncServices,
} from "#core/sync/mod.ts";

/** A line of a plan: what would be done, what can't be looked at, or a remark. */
export type PlanEvent = Extract<SyncEvent, { type: "plan" | "trouble" | "note" }>;

/** The result of the one item that such a job has. */
export type PlanResult = Pick<SyncReport, "outcome" | "totals" | "durationMs">;

/** The key of that item. */
const KEY = "plan";

const TIMED_OUT: ErrorData = {
  code: "unavailable",
  message: "plan: nothing moved for the time that the timeout allows",
  detail: { outcome: "timeout" },
};

/** Characters of one piece of the plan. */
const PIECE_CHARS = 128 * 1024;

export const planGraph: NewStep[] = [{ name: "plan", after: [] }];

/** Plans, and keeps the plan as the outputs of the job's item. */
export async function runPlan(
  sync: PreparedSync,
  services: SyncServices,
  { store, id }: { store: JobStore; id: JobId },
): Promise<SyncReport | undefined> {
  let report: SyncReport | undefined;
  const step = {
    batch: { maxItems: 1, maxWeight: 1 },
    concurrency: 1,
    retry: NO_RETRY,
    replan: true,
    produce: () => [[{ key: KEY, payload: {}, weight: 0 }]],
    process: async (_: unknown, context: { signal: AbortSignal; output: Keep }) => {
      const pieces = new Pieces((data) => context.output(KEY, data));
      const observer = (event: SyncEvent) => {
        if (isPlanEvent(event)) pieces.add(event);
        services.observer(event);
      };
      report = await dryRun(sync, { ...services, observer, signal: context.signal });
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

/** The lines of a piece of a plan. */
export function unpackPlan(piece: Uint8Array): PlanEvent[] {
  return new TextDecoder().decode(piece).split("\n").map((line) => JSON.parse(line));
}

function isPlanEvent({ type }: SyncEvent): boolean {
  return type === "plan" || type === "trouble" || type === "note";
}

/** What a run of the plan would be partial for. */
function flawOf(report: SyncReport | undefined): ErrorData | undefined {
  if (report?.outcome === "partial") return report.troubles[0]?.error;
  if (report?.outcome !== "delete-limit") return undefined;
  const message = "not everything would be deleted that the source lacks: --max-delete";
  return { code: "conflict", message, detail: { outcome: "delete-limit" } };
}

/** Gathers lines into pieces. */
class Pieces {
  #lines: string[] = [];
  #chars = 0;

  constructor(readonly keep: (piece: Uint8Array) => void) {}

  add(event: SyncEvent): void {
    const line = JSON.stringify(event);
    this.#lines.push(line);
    this.#chars += line.length;
    if (this.#chars >= PIECE_CHARS) this.end();
  }

  end(): void {
    if (this.#lines.length === 0) return;
    this.keep(new TextEncoder().encode(this.#lines.join("\n")));
    this.#lines = [];
    this.#chars = 0;
  }
}
