/** A sync between places on a grid: a job there, shown as a run of this machine. */
import { fromErrorData } from "#core/errors.ts";
import type { GridApi, JobRequest, JobShape } from "#core/grid_api/mod.ts";
import { type GridDoor, manifestPages, outcomeOf } from "#core/grid_commands/mod.ts";
import type { Host } from "#core/program/host.ts";
import type { SyncEvent, SyncReport } from "#core/sync/events.ts";
import { zeroTotals } from "#core/sync/totals.ts";
import { checkManifest, isListed, notingManifest, writeManifest } from "../sync/manifest.ts";
import type { RunSync } from "../sync/run.ts";
import { followSync, type JobEnd } from "./follow.ts";

/** Troubles that a report names at most. */
const MAX_TROUBLES = 1000;

/** Has the grid do what the body asks for. The job goes on when nobody follows it any more. */
export function runOnGrid(door: GridDoor, host: Host, body: JobRequest): RunSync<unknown> {
  return async (_, { signal, observer, manifest }) => {
    if (manifest !== undefined) checkManifest(manifest);
    await using session = await door.open(host, signal);
    const { api } = session;
    const { id } = await createJob(api, body, signal);
    observer({ type: "start", jobId: id, resumed: false });
    const troubles: SyncReport["troubles"] = [];
    const watching = (event: SyncEvent) => {
      if (event.type === "trouble" && !event.willRetry && troubles.length < MAX_TROUBLES) {
        troubles.push({ path: event.path, error: event.error });
      }
      observer(event);
    };
    const note = (message: string) => observer({ type: "note", message });
    const end = await followSync({ api, signal, observer: watching }, id).catch((error) => {
      if (signal.aborted) note(leavingLine(id, manifest));
      throw error;
    });
    const report = toReport(end, troubles);
    observer({ type: "progress", totals: report.totals });
    notingManifest(manifest, observer)({ type: "end", report });
    if (manifest !== undefined && isListed(report.outcome)) {
      await writeManifest(manifest, id, manifestPages({ api, signal, note }, id));
    }
    return report;
  };
}

function leavingLine(id: string, manifest: string | undefined): string {
  const line = `job ${id} goes on; orbit jobs watch ${id} follows it, ` +
    `orbit jobs cancel ${id} ends it`;
  return manifest === undefined
    ? line
    : `${line}; its manifest isn't written: the same command makes it anew`;
}

/** Asks for a job. */
export async function createJob(
  api: GridApi,
  body: JobRequest,
  signal: AbortSignal,
): Promise<JobShape> {
  const { job } = await api.json<{ job: JobShape }>("/jobs", { method: "POST", body, signal });
  return job;
}

/** @throws {OrbitError} why it failed, when it didn't come to do anything. */
function toReport(end: JobEnd, troubles: SyncReport["troubles"]): SyncReport {
  const { error, totals, durationMs = 0 } = end;
  const outcome = outcomeOf(end);
  if (totals === undefined && outcome === "failed" && error) throw fromErrorData(error);
  return {
    ...{ outcome, totals: totals ?? zeroTotals(), durationMs, troubles, kept: [] },
    error: outcome === "failed" ? error : undefined,
  };
}
