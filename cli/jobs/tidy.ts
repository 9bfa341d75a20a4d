/** Forgetting jobs that nobody needs to be asked about, so that a timer's syncs don't fill a disk. */
import { createJobId, openJobStore } from "#core/magnetar/mod.ts";
import { listJobFolders } from "../state.ts";
import { JobCatalog } from "./catalog.ts";
import { DEFAULT_POLICY } from "./description.ts";
import { prunable } from "./prune.ts";

const DAY_MS = 86_400_000;

/** How many old jobs one run looks at: more than it adds, and too few to be noticed. */
const JOBS_A_RUN = 4;

/** Removes a job's folder; one that can't be removed is left to `orbit jobs prune`. */
export function removeJobFolder(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch {
    // It does no harm, and the sync it belongs to went well.
  }
}

/** Forgets some of the jobs that `orbit jobs prune` would forget; in the long run, all of them. */
export function forgetOldJobs(root: string, nowMs: number, random: () => number): void {
  const { days, keep } = DEFAULT_POLICY;
  const limit = createJobId(Math.max(0, nowMs - days * DAY_MS), () => 0);
  const old = listJobFolders(root).slice(keep).filter((id) => id < limit);
  if (old.length === 0) return;
  // Not always the oldest: those may be interrupted ones, which stay.
  const from = Math.floor(random() * Math.max(1, old.length - JOBS_A_RUN + 1));
  const catalog = new JobCatalog(root, openJobStore);
  const folders = old.slice(from, from + JOBS_A_RUN).map((id) => catalog.read(id));
  for (const id of prunable(folders, { days, keep: 0 }, nowMs)) {
    removeJobFolder(catalog.folderOf(id));
  }
}
