/** What the planner hands out: actions with their step and the line a person reads. */
import {
  Column,
  type Entry,
  FileType,
  ROW_WORDS,
  type ScanBatch,
} from "#core/system/scan_batch.ts";
import type { Metadata } from "#core/system/disk.ts";
import type { Action, CopyAction } from "#core/system/system.ts";
import { Difference, KeptGroups, secondsOf } from "./difference.ts";
import type { ActionKind, PlannedAction } from "./events.ts";
import { ITEMIZED_DELETE } from "./itemize.ts";
import type { SyncOptions } from "./options.ts";
import type { Removal } from "./removal.ts";

/**
 * The steps of a sync, in order: directories are made while planning goes on; then content; hard
 * links to it; deletions; what had to wait for a deletion; leftovers of earlier attempts; and the
 * final state of directories.
 */
export type SyncStep =
  | "directories"
  | "transfer"
  | "links"
  | "delete"
  | "late"
  | "cleanup"
  | "finish";

/** Priorities of items go up to this; what must be ordered beyond it is planned in order. */
export const MAX_PRIORITY = 127;

/** Renames come before all copies, and so in batches of their own. */
export const RENAME_PRIORITY = 4;

/** How early a file is copied, by its semantic class. */
export const PRIORITY = { critical: 3, high: 2, normal: 1, low: 0 } as const;

/** What a file and another name of it have in common, or may have. */
export interface FileMark {
  /** Bytes; more than none. */
  size: number;
  mtime: number;
  mtimeNs: number;
}

/** One planned action. */
export interface PlanItem {
  step: SyncStep;
  action: Action;
  /**
   * Set on the copy of a file that is new at the destination and on the deletion of one that the
   * source lacks, as long as they may turn out to be one file that was renamed.
   */
  mark?: FileMark;
  /** What to copy where a rename turns out not to be possible. */
  instead?: Pick<CopyAction, "source" | "sourcePath">;
  /** Absent for what follows from another action, such as restoring a directory's time. */
  line?: PlannedAction;
  /** What may go from the source when it was carried out; a copy says that by itself. */
  removes?: Removal;
  /** Higher goes first within its step. */
  priority: number;
}

/** Why an action is needed, from `Difference` bits. */
export function reasonFor(differences: number | null): string {
  if (differences === null) return "new";
  const reasons: string[] = [];
  const say = (bit: number, text: string) => {
    if ((differences & bit) !== 0) reasons.push(text);
  };
  say(Difference.type, "type differs");
  say(Difference.size, "size differs");
  say(Difference.content, "content differs");
  say(Difference.target, "target differs");
  say(Difference.time, "time differs");
  say(Difference.permissions, "permissions differ");
  say(Difference.owner, "owner differs");
  say(Difference.group, "group differs");
  say(Difference.acl, "ACL differs");
  say(Difference.attributes, "extended attributes differ");
  return reasons.join(", ") || "same";
}

/** A line of the plan for a source entry. */
export function planLine(
  kind: ActionKind,
  path: string,
  entry: Entry,
  itemized: string,
  reason: string,
  target?: string,
): PlannedAction {
  const isFile = (entry.mode & FileType.mask) === FileType.file;
  return { kind, path, itemized, mode: entry.mode, size: isFile ? entry.size : 0, reason, target };
}

/** The mark of a row; none for an empty file. */
export function markOf(batch: ScanBatch, row: number): FileMark | undefined {
  const size = batch.size(row);
  if (size === 0) return undefined;
  const { rows } = batch.data, base = row * ROW_WORDS;
  return { size, mtime: secondsOf(rows, base), mtimeNs: rows[base + Column.mtimeNs] };
}

/** Deletion of one destination entry. */
export function deleteItem(path: string, mode: number, mark?: FileMark): PlanItem {
  const directory = (mode & FileType.mask) === FileType.directory;
  const priority = depthOf(path);
  return {
    step: "delete",
    action: { kind: "delete", path, directory },
    // What must be deleted in the order that it was planned in can't wait.
    mark: priority < MAX_PRIORITY ? mark : undefined,
    line: {
      kind: "delete",
      path,
      itemized: ITEMIZED_DELETE,
      mode,
      size: 0,
      reason: "not in the source",
    },
    priority,
  };
}

/** Components of a path: deeper entries are finished before the directories that hold them. */
export function depthOf(path: string): number {
  let depth = path === "" ? 0 : 1;
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) depth++;
  return depth;
}

/** Builds the metadata that a destination entry gets. */
export class MetadataBuilder {
  readonly #preserve: SyncOptions["preserve"];
  readonly #defaultMask: number;
  readonly #groups: KeptGroups;

  /** @param umask Permission bits that new entries don't get when permissions aren't kept. */
  constructor(preserve: SyncOptions["preserve"], umask: number, groups?: readonly number[]) {
    this.#preserve = preserve;
    this.#groups = new KeptGroups(preserve.group, groups);
    this.#defaultMask = ~umask;
  }

  /** For an entry that is made anew; `replaced` is the mode of a like entry it takes over from. */
  forNew(entry: Entry, replaced?: number): Metadata {
    const type = entry.mode & FileType.mask;
    const metadata: Metadata = {};
    if (type !== FileType.link) {
      metadata.permissions = this.#preserve.permissions
        ? entry.mode & 0o7777
        : replaced === undefined
        ? entry.mode & 0o777 & this.#defaultMask
        : replaced & 0o7777;
    }
    this.#addOwner(metadata, entry);
    this.#addAttributes(metadata, entry);
    if (this.#preserve.times && type !== FileType.file) addTime(metadata, entry);
    return metadata;
  }

  /** For an entry that stays; only what is kept in step with the source. */
  forExisting(entry: Entry): Metadata {
    const metadata: Metadata = {};
    if (this.#preserve.permissions && (entry.mode & FileType.mask) !== FileType.link) {
      metadata.permissions = entry.mode & 0o7777;
    }
    this.#addOwner(metadata, entry);
    this.#addAttributes(metadata, entry);
    if (this.#preserve.times) addTime(metadata, entry);
    return metadata;
  }

  #addOwner(metadata: Metadata, entry: Entry): void {
    if (this.#preserve.owner) metadata.uid = entry.uid;
    if (this.#groups.has(entry.gid)) metadata.gid = entry.gid;
  }

  #addAttributes(metadata: Metadata, entry: Entry): void {
    const { attributes, acls } = this.#preserve;
    if (!attributes && !acls) return;
    metadata.attributes = entry.attributes ?? [];
    metadata.selection = attributes && acls ? "all" : acls ? "acl" : "xattr";
  }
}

function addTime(metadata: Metadata, entry: Entry): void {
  metadata.mtime = entry.mtime;
  metadata.mtimeNs = entry.mtimeNs;
}
