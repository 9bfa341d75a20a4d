/** Which ended jobs can be forgotten. */
import { isOver, type JobFolder } from "./catalog.ts";

/** What stays. */
export interface PrunePolicy {
  /** Jobs that ended less long ago stay. */
  days: number;
  /** The newest so many ended jobs stay in any case. */
  keep: number;
}

const DAY_MS = 86_400_000;

/** Ids of the ended jobs, and of folders without one, that the policy doesn't keep, given all jobs with the newest first. */
export function prunable(
  folders: readonly JobFolder[],
  { days, keep }: PrunePolicy,
  nowMs: number,
): string[] {
  const ended = folders.flatMap((folder) => {
    const isEnded = folder.status === "stored" && isOver(folder.job);
    return isEnded ? [{ id: folder.id, endedAtMs: folder.job.finishedAtMs ?? 0 }] : [];
  });
  // Folders whose process died before it made a job there hold nothing worth keeping.
  const empty = folders.flatMap((folder) =>
    folder.status === "empty" ? [{ id: folder.id, endedAtMs: folder.changedAtMs }] : []
  );
  return [...ended.slice(keep), ...empty]
    .filter(({ endedAtMs }) => endedAtMs < nowMs - days * DAY_MS).map(({ id }) => id);
}
