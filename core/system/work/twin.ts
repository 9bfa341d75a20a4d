/** The directory that a scan looks for files alike in. */
import type { Tree } from "../disk.ts";
import type { ScanRequest } from "../system.ts";
import type { WorkContext } from "./context.ts";

/**
 * Where files may be alike: nowhere when it can't be reached, or when more than rows is to be told.
 */
export function openTwin(context: WorkContext, request: ScanRequest): Tree | undefined {
  const { unlike, attributes = "none", followLinks = false } = request;
  if (unlike === undefined || attributes !== "none" || followLinks) return undefined;
  try {
    return context.disk.openTree(unlike.base);
  } catch {
    return undefined;
  }
}
