/** How many actions fit into a message, and their results into its answer. */
import type { Action } from "#core/system/mod.ts";
import { pathSize } from "#core/slices.ts";

/** Bounds of one call; each result may hold a problem of 10 KiB. */
export const ACTION_BOUNDS = { count: 256, size: 512 * 1024 };

/** A bound of an action's bytes as a message. */
export function actionSize(action: Action): number {
  let size = pathSize(action.path) + 64;
  if (action.kind === "copy") size += pathSize(action.sourcePath);
  if (action.kind === "rename") size += pathSize(action.from);
  if (action.kind === "link") size += pathSize(action.target);
  if (action.kind === "hardlink") {
    size += pathSize(action.existing) + pathSize(action.existingBase ?? "");
  }
  if (action.kind === "remove") size += pathSize(action.version);
  if ("metadata" in action) {
    for (const [name, value] of action.metadata.attributes ?? []) {
      size += pathSize(name) + value.length;
    }
  }
  return size;
}
