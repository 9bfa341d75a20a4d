/** What a job came to so far, kept with it beyond the process that runs it. */
import type { Job, JobId, JobStore } from "#core/magnetar/mod.ts";
import type { FileJobProgress } from "./services.ts";

/** A job's progress, as far as it is counted. */
export type FileJobTotals = Omit<
  FileJobProgress,
  "waitingFor" | "waitingWhy" | "totals" | "current"
>;

/** The names of its tallies. */
const NAMES: Record<keyof FileJobTotals, string> = {
  entries: "entries",
  bytes: "read_bytes",
  written: "written_bytes",
  relayed: "relayed_bytes",
  matched: "matched_bytes",
};

const COUNTS = Object.keys(NAMES) as (keyof FileJobTotals)[];

/**
 * What the runs of a job counted until they ended or were interrupted; of a run that died only what
 * was relayed.
 */
export function totalsOf({ tallies }: Pick<Job, "tallies">): FileJobTotals {
  const totals = { entries: 0, bytes: 0, written: 0, relayed: 0, matched: 0 };
  for (const count of COUNTS) totals[count] = tallies[NAMES[count]] ?? 0;
  return totals;
}

/** Has a job's totals be these. @throws {OrbitError} what the database says. */
export function keepTotals(store: JobStore, id: JobId, now: FileJobTotals): void {
  const kept = totalsOf(store.job(id));
  const more = COUNTS.flatMap((count): [string, number][] => {
    const amount = now[count] - kept[count];
    return amount === 0 ? [] : [[NAMES[count], amount]];
  });
  if (more.length > 0) store.tally(id, Object.fromEntries(more));
}
