/** A dry run between places on a grid: a job there, whose plan is shown as one of this machine. */
import { fromErrorData, OrbitError } from "#core/errors.ts";
import { type GridApi, type JobRequest, segment } from "#core/grid_api/mod.ts";
import { type GridDoor, type ResultLine, results } from "#core/grid_commands/mod.ts";
import type { Host } from "#core/program/host.ts";
import type { PlannedAction, SyncEvent, SyncReport } from "#core/sync/events.ts";
import type { RunSync } from "../sync/run.ts";
import { type Follower, followSync } from "./follow.ts";
import { createJob } from "./run.ts";

/** Has the grid plan what the body asks for. */
export function planOnGrid(door: GridDoor, host: Host, body: JobRequest): RunSync<unknown> {
  return async (_, { signal, observer }) => {
    await using session = await door.open(host, signal);
    const { api } = session;
    const { id } = await createJob(api, body, signal);
    const follower = { api, signal, observer };
    try {
      await waitFor(follower, id);
      return await showPlan(follower, id);
    } catch (error) {
      if (signal.aborted) await cancel(api, id);
      throw error;
    }
  };
}

async function waitFor(follower: Follower, id: string): Promise<void> {
  const { state, error } = await followSync(follower, id);
  if (state === "succeeded" || state === "partial") return;
  throw fromErrorData(error ?? { code: "conflict", message: `job ${id}: ${state}`, detail: {} });
}

async function showPlan({ api, signal, observer }: Follower, id: string): Promise<SyncReport> {
  const note = (message: string) => observer({ type: "note", message });
  const troubles: SyncReport["troubles"] = [];
  let planned: Pick<SyncReport, "outcome" | "totals" | "durationMs"> | undefined;
  for await (const line of results({ api, signal, note }, id)) {
    if (line.type === "planned") planned = line as unknown as typeof planned;
    const event = toEvent(line);
    if (event === undefined) continue;
    if (event.type === "trouble") troubles.push({ path: event.path, error: event.error });
    observer(event);
  }
  if (planned === undefined) throw new OrbitError("unavailable", `read plan of job ${id}: cut off`);
  const { outcome, totals, durationMs } = planned;
  const report: SyncReport = { outcome, totals, durationMs, troubles, kept: [] };
  observer({ type: "end", report });
  return report;
}

function toEvent(line: ResultLine): SyncEvent | undefined {
  const { type, path = "", message = "", error, explanation } = line;
  if (type === "note") return { type, message };
  if (type === "trouble" && error !== undefined) return { type, path, error, willRetry: false };
  if (type === "explain" && explanation !== undefined) return { type, explanation };
  if (type !== "plan") return undefined;
  const { type: _, ...action } = line;
  return { type, action: action as unknown as PlannedAction };
}

/** Nobody is there any more to read the plan. */
async function cancel(api: GridApi, id: string): Promise<void> {
  const signal = AbortSignal.timeout(2000);
  await api.json(`/jobs/${segment(id)}/cancel`, { method: "POST", signal }).catch(() => {});
}
