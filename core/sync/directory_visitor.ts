/** Planning one directory: hands each visited name to whoever knows its kind. */
import { OrbitError } from "#core/errors.ts";
import { Column, FileType, ROW_WORDS } from "#core/system/scan_batch.ts";
import { stagedTag } from "#core/system/work/staging.ts";
import type { RowCursor, RowVisitor } from "./cursor.ts";
import { DirectoryPlan } from "./directory_plan.ts";
import { Extraneous } from "./extraneous.ts";
import type { DirectoryGroup } from "./feed.ts";
import { FilePlan } from "./file_plan.ts";
import { HardLinks } from "./hard_links.ts";
import { planDirectory, planOther } from "./other_plan.ts";
import type { PlanItem } from "./plan_item.ts";
import type { PlanState } from "./plan_state.ts";

/** Plans the names of one directory as {@linkcode mergeRows} visits them. */
export class DirectoryVisitor implements RowVisitor {
  readonly #state: PlanState;
  readonly #plan: DirectoryPlan;
  readonly #extraneous: Extraneous;
  readonly #hardLinks: HardLinks;
  readonly #files: FilePlan;
  #leaveOut = false;

  constructor(state: PlanState, group: DirectoryGroup, destination: RowCursor | undefined) {
    this.#state = state;
    this.#plan = new DirectoryPlan(state, group);
    this.#extraneous = new Extraneous(this.#plan, destination);
    this.#hardLinks = new HardLinks(this.#plan, this.#extraneous);
    this.#files = new FilePlan(this.#plan, this.#hardLinks, this.#extraneous);
  }

  /** Plans nothing in this directory (nor below it). */
  leaveOut(): void {
    this.#leaveOut = true;
  }

  visit(
    source: RowCursor | undefined,
    index: number,
    destination: RowCursor | undefined,
    linkDestinations: readonly (RowCursor | undefined)[],
  ): void {
    if (destination !== undefined) this.#state.summary.destinationEntries++;
    if (source === undefined) {
      if (!this.#leaveOut) this.#extraneous.visit(destination!);
      return;
    }
    const type = source.batch.word(source.row, Column.mode) & FileType.mask;
    if (this.#leaveOut) {
      if (type === FileType.directory) {
        this.#plan.skipContents(this.#plan.pathOf(source));
      }
      return;
    }
    if (type === FileType.file && isStaged(source)) return this.#skipStaged(source);
    this.#count(source, type);
    if (type === FileType.file) this.#files.visit(source, index, destination, linkDestinations);
    else if (type === FileType.directory) planDirectory(this.#plan, source, index, destination);
    else planOther(this.#plan, this.#hardLinks, this.#extraneous, source, index, destination);
  }

  /** Resolves what needs a look at content or at what lies below. */
  async flush(): Promise<void> {
    if (!this.#leaveOut) this.#countAlike();
    await this.#files.flush();
    this.#hardLinks.flush();
    await this.#extraneous.flush();
  }

  /** The items planned since the last call; take them after a flush. */
  take(): PlanItem[] {
    return this.#plan.items.splice(0);
  }

  /** When priorities of what was taken last are known; undefined when they are. */
  judge(): Promise<void> | undefined {
    return this.#files.judge();
  }

  /** The last items of this directory, after the last flush. */
  end(): PlanItem[] {
    const { quiet, locked, metadata, input } = this.#state;
    const { directory } = this.#plan.group;
    const entry = quiet.get(directory), permissions = locked.get(directory);
    quiet.delete(directory);
    locked.delete(directory);
    const isChanged = input.options.preserve.times || permissions !== undefined;
    if (entry !== undefined && this.#plan.touched && isChanged) {
      this.#plan.add("finish", {
        kind: "attributes",
        path: directory,
        metadata: { permissions, ...metadata.forExisting(entry) },
      });
    }
    return this.take();
  }

  /** Half a file, until its own sync gives it a name. */
  #skipStaged(source: RowCursor): void {
    const { input } = this.#state;
    const path = JSON.stringify(this.#plan.pathOf(source));
    input.onNote(`skipping ${path}: a staged file of another sync`);
    input.totals.skipped++;
  }

  /** Files that the destination has as they are, so that the scan left them out. */
  #countAlike(): void {
    const { totals, onFile, onThere } = this.#state.input;
    for (const cursor of this.#plan.group.cursors) {
      if (cursor === undefined || cursor.alike.files === 0) continue;
      if (onFile !== undefined || onThere !== undefined) {
        throw new OrbitError("internal", "plan: the scan left out files that are asked for");
      }
      const { alike } = cursor;
      totals.scanned.files += alike.files;
      totals.scanned.bytes += alike.bytes;
      totals.unchangedFiles += alike.files;
      alike.files = alike.bytes = 0;
    }
  }

  #count(source: RowCursor, type: number): void {
    const { scanned } = this.#state.input.totals;
    if (type === FileType.file) {
      scanned.files++;
      scanned.bytes += source.batch.size(source.row);
    } else if (type === FileType.directory) scanned.directories++;
    else if (type === FileType.link) scanned.links++;
    else scanned.specials++;
  }
}

/** Whether a source's row is a staged file of another job; a quick look, then a careful one. */
function isStaged(cursor: RowCursor): boolean {
  const { heap, rows } = cursor.batch.data;
  const at = rows[cursor.row * ROW_WORDS + Column.nameAt];
  const looksLikeIt = heap[at] === 46 && heap[at + 1] === 111 && heap[at + 6] === 45;
  return looksLikeIt && stagedTag(cursor.batch.name(cursor.row)) !== undefined;
}
