/** What the destination has and the source doesn't. */
import { joinPath } from "#core/system/relative_path.ts";
import { Column, FileType, type ScanBatch } from "#core/system/scan_batch.ts";
import { stagedTag } from "#core/system/work/staging.ts";
import type { RowCursor } from "./cursor.ts";
import { type DirectoryPlan, isDirectory } from "./directory_plan.ts";
import type { FilterRule } from "./filter/mod.ts";
import type { SyncOptions } from "./options.ts";
import { deleteItem, type FileMark, markOf, MAX_PRIORITY, type PlanItem } from "./plan_item.ts";

/** A destination directory that goes with all it holds. */
interface Removal {
  path: string;
  /** Its mode, when the directory itself is deleted and not only emptied for what replaces it. */
  mode?: number;
}

/** Plans the removal of what one directory has beyond the source. */
export class Extraneous {
  readonly #plan: DirectoryPlan;
  readonly #destination: RowCursor | undefined;
  #removals: Removal[] = [];

  constructor(plan: DirectoryPlan, destination: RowCursor | undefined) {
    this.#plan = plan;
    this.#destination = destination;
  }

  /** A name that no source has. */
  visit(destination: RowCursor): void {
    const { input } = this.#plan.state;
    const name = destination.batch.name(destination.row);
    const path = joinPath(this.#plan.group.directory, name);
    const mode = destination.batch.word(destination.row, Column.mode);
    const tag = stagedTag(name), directory = isDirectory(mode);
    if (tag !== undefined && (!directory || tag === input.tag)) {
      const leftover = tag === input.tag ||
        (input.options.delete && !(input.isLiveTag?.(tag) ?? true));
      if (leftover) this.#plan.add("cleanup", { kind: "delete", path, directory });
      return;
    }
    if (!input.options.delete || !this.#isCertain() || this.#isProtected(path, mode)) return;
    if (name === input.options.partial?.directory && isDirectory(mode)) return;
    if (isDirectory(mode)) {
      const holdsBackups = isInOrAbove(path, input.options.backup?.directory);
      this.#removals.push({ path, mode: holdsBackups ? undefined : mode });
    } else this.#delete(deleteItem(path, mode, this.#markOf(destination.batch, destination.row)));
  }

  /** A directory is in the way of something else: what is in it goes, if deleting is allowed. */
  makeRoom(destination: RowCursor): void {
    const mode = destination.batch.word(destination.row, Column.mode);
    if (!isDirectory(mode) || !this.#plan.state.input.options.delete) return;
    this.#removals.push({ path: this.#plan.pathOf(destination) });
  }

  /** Lists what is below the directories met so far. */
  async flush(): Promise<void> {
    for (const removal of this.#removals.splice(0)) await this.#remove(removal);
  }

  /** Every side listed this directory whole, as far as it was read. */
  #isCertain(): boolean {
    const { cursors } = this.#plan.group;
    return this.#destination?.complete !== false &&
      cursors.every((cursor) => cursor === undefined || cursor.complete);
  }

  #isProtected(path: string, mode: number): boolean {
    const { protection, input } = this.#plan.state;
    const backups = input.options.backup?.directory;
    return protection.decide(path, isDirectory(mode)) === "exclude" ||
      (backups !== undefined && isInside(path, backups));
  }

  /** Set for a file that may be another of the source under its old name. */
  #markOf(batch: ScanBatch, row: number): FileMark | undefined {
    if (!this.#plan.state.holds || !batch.isType(row, FileType.file)) return undefined;
    // Another name of it may be one that stays as it is.
    if (batch.word(row, Column.nlink) !== 1) return undefined;
    return markOf(batch, row);
  }

  #delete(item: PlanItem): void {
    this.#plan.state.summary.deletions++;
    this.#plan.push(item);
  }

  /** Plans the deletion of everything below a directory, and of the directory itself. */
  async #remove({ path, mode }: Removal): Promise<void> {
    // Priorities order deletions by depth only so far: deeper ones are put in order here.
    const deep: PlanItem[] = [];
    for await (const item of this.#below(path)) {
      if (item.priority >= MAX_PRIORITY) deep.push(item);
      else this.#delete(item);
    }
    for (const item of deep.reverse()) this.#delete(item);
    if (mode !== undefined) this.#delete(deleteItem(path, mode));
  }

  async *#below(directory: string): AsyncGenerator<PlanItem> {
    const { input, summary } = this.#plan.state;
    const { backup, oneFileSystem } = input.options;
    const request = {
      base: input.base,
      directories: [directory],
      recursive: true,
      filter: protectionRules(input.options),
      oneFileSystem,
    };
    for await (const batch of input.destination.scanTree(request, { signal: input.signal })) {
      for (const { path, error } of batch.data.troubles) {
        summary.clean = false;
        input.onTrouble(path, error);
      }
      for (const part of batch.data.parts) {
        for (let row = part.from; row < part.to; row++) {
          summary.destinationEntries++;
          const path = joinPath(part.directory, batch.name(row));
          if (isInOrAbove(path, backup?.directory)) continue;
          yield deleteItem(path, batch.word(row, Column.mode), this.#markOf(batch, row));
        }
      }
    }
  }
}

/**
 * The rules that keep entries of the destination from being deleted: the filter's, and backups
 * beside the files they are of, as rsync protects them.
 */
export function protectionRules({ filter, backup }: SyncOptions): FilterRule[] {
  if (backup === undefined || backup.directory !== undefined || backup.suffix === "") return filter;
  return [...filter, { kind: "exclude", pattern: `*${backup.suffix.replace(/[\\*?[]/g, "\\$&")}` }];
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** Whether a path is in the directory of backups, or that one in the path. */
function isInOrAbove(path: string, backups: string | undefined): boolean {
  return backups !== undefined && (isInside(path, backups) || isInside(backups, path));
}
