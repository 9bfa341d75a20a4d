/** Lines on standard output about what a run does: `-v`, `-vv` and `-i`. */
import { escapeName } from "#core/names.ts";
import type { ActionKind, PlannedAction } from "#core/sync/events.ts";
import { FileType } from "#core/system/scan_batch.ts";
import type { SyncOutput } from "../sync/settings.ts";

type LineStyle = Pick<SyncOutput, "itemize" | "verbosity" | "quiet">;

/** The line about an action, or undefined when it isn't shown in this style. */
export function actionLine(action: PlannedAction, style: LineStyle): string | undefined {
  if (style.quiet) return undefined;
  if (action.kind === "skip") {
    return style.verbosity >= 2 ? `skipping ${nameOf(action)}: ${action.reason}` : undefined;
  }
  if (style.itemize) {
    const reason = style.verbosity >= 2 ? `  (${action.reason})` : "";
    return `${action.itemized.padEnd(11)} ${nameOf(action)}${targetOf(action)}${reason}`;
  }
  if (style.verbosity === 0) return undefined;
  if (action.kind === "delete") return `deleting ${nameOf(action)}`;
  if (action.kind === "remove") return `removing from the source ${nameOf(action)}`;
  if (action.kind === "attributes" && !isDirectory(action) && style.verbosity < 2) return undefined;
  const reason = style.verbosity >= 2 ? `: ${action.reason}` : "";
  return `${nameOf(action)}${targetOf(action)}${reason}`;
}

/** The path as rsync shows it: escaped, `./` for the top, directories with a slash. */
function nameOf(action: PlannedAction): string {
  const name = action.path === "" ? "." : escapeName(action.path);
  return isDirectory(action) ? `${name}/` : name;
}

/** What stands before a target that isn't a link's. */
const ARROWS: Partial<Record<ActionKind, string>> = { hardlink: "=>", rename: "<-" };

function targetOf({ kind, target }: PlannedAction): string {
  if (target === undefined) return "";
  return ` ${ARROWS[kind] ?? "->"} ${escapeName(target)}`;
}

function isDirectory({ mode }: PlannedAction): boolean {
  return (mode & FileType.mask) === FileType.directory;
}
