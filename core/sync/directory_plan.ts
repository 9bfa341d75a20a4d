/** What is planned for one directory, and the names and rows that plan speaks of. */
import { toErrorData } from "#core/errors.ts";
import { joinPath } from "#core/system/relative_path.ts";
import { Column, type Entry, FileType } from "#core/system/scan_batch.ts";
import type { RowCursor } from "./cursor.ts";
import type { DirectoryGroup } from "./feed.ts";
import { itemize } from "./itemize.ts";
import {
  depthOf,
  type PlanItem,
  planLine,
  PRIORITY,
  reasonFor,
  type SyncStep,
} from "./plan_item.ts";
import type { PlanState } from "./plan_state.ts";
import { keptAsOne, mayBeOne, type Removal, removalOf } from "./removal.ts";

/** The owner's rights on a directory, which it has while it is filled. */
export const OWNER_ALL = 0o700;

/** Collects the items of one directory; shared by those who plan its files, links and the rest. */
export class DirectoryPlan {
  readonly items: PlanItem[] = [];
  /** An entry of the directory is made, replaced or removed, which changes the directory's time. */
  touched = false;

  constructor(readonly state: PlanState, readonly group: DirectoryGroup) {}

  /** The row's path at the destination. */
  pathOf(cursor: RowCursor): string {
    return joinPath(this.group.directory, cursor.batch.name(cursor.row));
  }

  /** Where a source's entry of that destination path is below the source's base. */
  sourcePathOf(path: string, sourceIndex: number): string {
    return this.state.input.sources[sourceIndex].rename?.from ?? path;
  }

  /** The row as an entry. */
  entryOf(cursor: RowCursor): Entry {
    return cursor.batch.entry(cursor.row, this.group.directory);
  }

  /** Leaves out what a directory holds. */
  skipContents(path: string): void {
    this.state.skipped.add(path);
  }

  add(
    step: SyncStep,
    action: PlanItem["action"],
    line?: PlanItem["line"],
    removes?: Removal,
  ): void {
    const priority = step === "finish" ? depthOf(action.path) : PRIORITY.normal;
    this.push({ step, action, line, removes, priority });
  }

  /**
   * What of a source goes when the entry has arrived; nothing unless the source is to be emptied.
   *
   * @param there Identity of what the destination had by that name, which may be the entry itself.
   */
  removalOf(entry: Entry, sourceIndex: number, there?: string): Removal | undefined {
    const { options: { removeSource }, onTrouble } = this.state.input;
    if (removeSource === undefined) return undefined;
    if (removeSource !== "all" && isDirectory(entry.mode)) return undefined;
    if (there !== undefined && mayBeOne(entry, there)) {
      if (!isDirectory(entry.mode)) onTrouble(entry.path, toErrorData(keptAsOne(entry.path)));
      return undefined;
    }
    return removalOf(entry, sourceIndex, this.sourcePathOf(entry.path, sourceIndex));
  }

  /** The destination has the entry as it is. `there` is as for {@linkcode removalOf}. */
  keep(entry: Entry, sourceIndex: number, there?: string): void {
    const removal = this.removalOf(entry, sourceIndex, there);
    if (removal !== undefined) this.state.input.onThere?.(removal);
  }

  push(item: PlanItem): void {
    if (item.action.kind !== "attributes") this.#touch();
    this.items.push(item);
  }

  /** Before the first change in a directory, its owner gets the rights to make it. */
  #touch(): void {
    const { directory } = this.group;
    if (!this.touched && this.state.locked.has(directory)) {
      const action = { kind: "directory", path: directory, metadata: {} } as const;
      this.items.push({ step: "directories", action, priority: PRIORITY.normal });
    }
    this.touched = true;
  }

  /** Only metadata changes. `there` is as for {@linkcode removalOf}. */
  changeAttributes(entry: Entry, differences: number, sourceIndex: number, there?: string): void {
    const { metadata, locked } = this.state;
    const itemized = itemize("attributes", entry.mode, differences, true);
    const reason = reasonFor(differences);
    this.add(
      isDirectory(entry.mode) ? "finish" : "transfer",
      {
        kind: "attributes",
        path: entry.path,
        metadata: { permissions: locked.get(entry.path), ...metadata.forExisting(entry) },
      },
      planLine("attributes", entry.path, entry, itemized, reason, entry.link),
      this.removalOf(entry, sourceIndex, there),
    );
  }
}

/** Remembers a directory of the destination that its owner may not change as it is. */
export function noteLocked({ input, locked }: PlanState, path: string, mode: number): void {
  if (!input.privileged && (mode & OWNER_ALL) !== OWNER_ALL) locked.set(path, mode & 0o7777);
}

/** Whether a mode is a directory's. */
export function isDirectory(mode: number): boolean {
  return (mode & FileType.mask) === FileType.directory;
}

/** The type bits of the row at a cursor. */
export function typeOf(cursor: RowCursor): number {
  return cursor.batch.word(cursor.row, Column.mode) & FileType.mask;
}
