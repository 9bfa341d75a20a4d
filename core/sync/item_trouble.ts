/** The trouble with one entry, told by the name that its owner knows it by. */
import type { ErrorData } from "#core/errors.ts";
import { baseName } from "#core/system/relative_path.ts";
import { stagedTag } from "#core/system/work/staging.ts";

/** Errors about room at the destination, of which there may be more later. */
const NO_ROOM: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

/**
 * The same error about `path` where it is about the staged file that was to become it, and about
 * `base` where it is about the destination directory itself.
 */
export function nameTrouble(error: ErrorData, path: string, base: string): ErrorData {
  const named = error.detail.path;
  if (named === undefined) return error;
  const known = named === "" ? base : stagedTag(baseName(named)) !== undefined ? path : named;
  if (known === named) return error;
  const message = error.message.replace(JSON.stringify(named), () => JSON.stringify(known));
  return { ...error, message, detail: { ...error.detail, path: known } };
}

/** Whether there was no room for it. */
export function isNoRoom(error: ErrorData): boolean {
  return error.detail.side !== "source" && NO_ROOM.has(error.detail.errno ?? "");
}
