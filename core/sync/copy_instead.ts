/** What becomes of a rename that isn't possible: the copy and the deletion that it was to spare. */
import type { StepContext } from "#core/magnetar/mod.ts";
import type { Metadata } from "#core/system/disk.ts";
import type { ActionResult } from "#core/system/system.ts";
import { itemize } from "./itemize.ts";
import { toNewItem } from "./new_item.ts";
import type { SyncPayload } from "./payload.ts";
import { deleteItem } from "./plan_item.ts";
import type { Carrying } from "./steps.ts";
import { countCopy } from "./totals.ts";

/** Whether it failed for a reason that won't pass: the file changed, the file system has no links. */
export function isUnmoved({ action }: SyncPayload, { error }: ActionResult): boolean {
  return action.kind === "rename" && error !== undefined && !error.detail.retryable;
}

/** The copy to make instead. The old name goes with the other deletions, and counts as one. */
export function copyInstead(
  { action, line, instead }: SyncPayload,
  { planner, reporter, unmoved }: Pick<Carrying, "planner" | "reporter" | "unmoved">,
  context: Pick<StepContext, "defer">,
): SyncPayload {
  if (action.kind !== "rename" || line === undefined || instead === undefined) {
    throw new TypeError("only a rename has a copy to make instead");
  }
  const { path, from, size } = action;
  context.defer("delete", [toNewItem(deleteItem(from, line.mode))]);
  if (!unmoved.has(path)) {
    unmoved.add(path);
    planner.summary.deletions++;
    countCopy(reporter.totals, size);
  }
  // Copies take the source's time when they read it.
  const { mtime: _, mtimeNs: __, ...metadata }: Metadata = action.metadata;
  return {
    action: { kind: "copy", path, size, metadata, ...instead },
    line: {
      ...line,
      kind: "copy",
      itemized: itemize("copy", line.mode, null, true),
      reason: "new",
      target: undefined,
    },
  };
}
