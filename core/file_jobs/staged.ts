/** Clearing away what a job staged that is never gone on with. */
import type { Job, JobStore } from "#core/magnetar/mod.ts";
import { stagingTag } from "#core/sync/mod.ts";
import { baseName, parentOf } from "#core/system/relative_path.ts";
import type { ActionOptions, OrbitSystem } from "#core/system/system.ts";
import { LARGE_BYTES } from "#core/system/work/large.ts";
import { stagedPath } from "#core/system/work/staging.ts";
import { type FileOrder, isSyncOrder, type SyncOrder } from "./order.ts";

/** Items that are looked at in one go. */
const PAGE = 256;

const OPTIONS: ActionOptions = {
  ...{ tag: "cleanup0", verify: true, followLinks: false, keepTimes: false, sparse: false },
  ...{ inplace: false, fsync: false, keepPartial: false },
};

/** Whether a job may have staged files that go with it: none that were asked to be kept. */
export function mayLeaveStaged({ attempt, spec }: Pick<Job, "attempt" | "spec">): boolean {
  if (attempt === 0 || !isSyncOrder(spec as FileOrder)) return false;
  const { options } = spec as SyncOrder;
  return !options?.dryRun && options?.partial?.directory === undefined;
}

/**
 * Removes what is there of files that a job hasn't brought whole. Small files are staged and there
 * at once; of large ones all that aren't done are looked for.
 *
 * @throws {OrbitError} when the destination is lost.
 */
export async function clearStaged(
  store: JobStore,
  job: Job,
  destination: OrbitSystem,
  signal?: AbortSignal,
): Promise<void> {
  const tag = stagingTag(job.id), bases = basesOf(job.spec as SyncOrder);
  for (const step of ["transfer", "late"]) {
    let after: number | undefined;
    for (;;) {
      const items = store.items(job.id, { step, limit: PAGE, after, states: UNDONE });
      if (items.length === 0) break;
      after = items.at(-1)!.position;
      const large = items.filter(({ weight }) => weight >= LARGE_BYTES);
      if (large.length === 0) continue;
      const actions = large.map(({ key }) => (
        { kind: "delete" as const, path: stagedPath(key, tag), directory: false }
      ));
      // Their names are this job's alone, so whatever isn't there or may not be touched isn't one.
      for (const base of bases) await destination.perform(base, actions, OPTIONS, { signal });
    }
  }
}

const UNDONE = ["pending", "waiting", "failed", "skipped", "stale"] as const;

/** Where its paths may be relative to; which it is depends on what was there when it began. */
function basesOf({ source, destination: { path } }: SyncOrder): string[] {
  const below = `${path === "/" ? "" : path}/${baseName(source.path)}`;
  return [...new Set([path, below, parentOf(path) || "/"])];
}
