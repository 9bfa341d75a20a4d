/** A dry run between places on a grid: a job there, whose plan is shown as one of this machine. */
import { fromErrorData, OrbitError } from "#core/errors.ts";
import { type GridApi, type JobRequest, type JobShape, segment } from "#core/grid_api/mod.ts";
import { follow, type GridDoor, type ResultLine, results } from "#core/grid_commands/mod.ts";
import type { Host } from "#core/program/host.ts";
import type { PlannedAction, SyncEvent, SyncReport } from "#core/sync/events.ts";
import type { RunSync } from "../sync/run.ts";

/** Has the grid plan what the body asks for. */
export function planOnGrid(door: GridDoor, host: Host, body: JobRequest): RunSync<unknown> {
  return async (_, { signal, observer }) => {
    await using session = await door.open(host, signal);
    const { api } = session;
    const { job } = await api.json<{ job: JobShape }>("/jobs", { method: "POST", body, signal });
    try {
      await waitFor({ api, host, signal }, job.id, observer);
      return await showPlan({ api, host, signal }, job.id, observer);
    } catch (error) {
      if (signal.aborted) await cancel(api, job.id);
      throw error;
    }
  };
}

interface Asking {
  api: GridApi;
  host: Host;
  signal: AbortSignal;
}

type Observer = (event: SyncEvent) => void;

async function waitFor(asking: Asking, id: string, observer: Observer): Promise<void> {
  let last: JobShape | undefined, waited: string | undefined;
  for await (const job of follow(asking, id)) {
    last = job;
    const { waitingFor } = job.progress ?? {};
    if (waitingFor === waited) continue;
    waited = waitingFor;
    if (waited !== undefined) observer({ type: "note", message: `waiting for Star ${waited}` });
  }
  if (last?.state === "succeeded" || last?.state === "partial") return;
  const error = last?.error ??
    { code: "conflict", message: `job ${id}: ${last?.state}`, detail: {} };
  throw fromErrorData(error);
}

async function showPlan(asking: Asking, id: string, observer: Observer): Promise<SyncReport> {
  const troubles: SyncReport["troubles"] = [];
  let planned: Pick<SyncReport, "outcome" | "totals" | "durationMs"> | undefined;
  for await (const line of results(asking, id)) {
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
  const { type, path = "", message = "", error } = line;
  if (type === "note") return { type, message };
  if (type === "trouble" && error !== undefined) return { type, path, error, willRetry: false };
  if (type !== "plan") return undefined;
  const { type: _, ...action } = line;
  return { type, action: action as unknown as PlannedAction };
}

/** Nobody is there any more to read the plan. */
async function cancel(api: GridApi, id: string): Promise<void> {
  const signal = AbortSignal.timeout(2000);
  await api.json(`/jobs/${segment(id)}/cancel`, { method: "POST", signal }).catch(() => {});
}
