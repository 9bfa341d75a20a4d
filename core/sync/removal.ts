/** What goes from the source of a move once it has arrived. */
import { OrbitError } from "#core/errors.ts";
import { type Entry, FileType } from "#core/system/scan_batch.ts";
import { versionOfEntry } from "#core/system/version.ts";
import type { PlannedAction } from "./events.ts";
import { ITEMIZED_REMOVE } from "./itemize.ts";
import type { PlanItem } from "./plan_item.ts";

/** An entry of a source that is to go; plain data, kept with the job. */
export interface Removal {
  /** Index of its source. */
  source: number;
  /** Path below that source's base. */
  path: string;
  /** Path of its copy below the destination. */
  to: string;
  mode: number;
  size: number;
  /** Of what has no content; that of files is found out right before they go. */
  version?: string;
}

/** The removal of an entry, whose path is that of its copy. */
export function removalOf(entry: Entry, source: number, sourcePath: string): Removal {
  const isFile = (entry.mode & FileType.mask) === FileType.file;
  return {
    ...{ source, path: sourcePath, to: entry.path, mode: entry.mode },
    size: isFile ? entry.size : 0,
    version: isFile ? undefined : versionOfEntry(entry),
  };
}

/**
 * Whether an entry of the source may be the one of that identity at the destination, where both see
 * one disk. Files are told from themselves by their content and times, right before they go; what
 * has no content only by its inode: by another way to it a disk has another device's number.
 */
export function mayBeOne({ mode, identity }: Entry, there: string): boolean {
  const [mine, other] = [identity, there].map((text) => text.slice(text.indexOf(":")));
  return (mode & FileType.mask) !== FileType.file && mine === other;
}

/** What may go when an action was carried out. */
export function removalAfter(
  { action, line, removes }: Pick<PlanItem, "action" | "line" | "removes">,
): Removal | undefined {
  if (action.kind !== "copy") return removes;
  const { source, sourcePath: path, path: to, size } = action;
  return { source, path, to, mode: line?.mode ?? FileType.file, size };
}

/** Whether it is a directory, which goes when all in it is gone. */
export function isOfDirectory({ mode }: Removal): boolean {
  return (mode & FileType.mask) === FileType.directory;
}

/** The line of the plan for a removal. */
export function removalLine({ path, mode, size }: Removal): PlannedAction {
  return { kind: "remove", path, itemized: ITEMIZED_REMOVE, mode, size, reason: "has arrived" };
}

/** Why something stays that may be on one disk which both ends see. */
export function keptAsOne(path: string): OrbitError {
  const text = `remove ${JSON.stringify(path)}: kept, because it may be one with its copy: both ` +
    "ends seem to see the same disk";
  return new OrbitError("conflict", text, { detail: { path } });
}
