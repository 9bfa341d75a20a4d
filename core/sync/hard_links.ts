/** `--hard-links`: names of one file become names of one file. */
import type { Entry } from "#core/system/scan_batch.ts";
import { Column } from "#core/system/scan_batch.ts";
import type { RowCursor } from "./cursor.ts";
import { Difference } from "./difference.ts";
import { type DirectoryPlan, isDirectory, typeOf } from "./directory_plan.ts";
import type { Extraneous } from "./extraneous.ts";
import { itemize } from "./itemize.ts";
import { MAX_PRIORITY, planLine, PRIORITY, reasonFor, type SyncStep } from "./plan_item.ts";

/** The first name of a file; the others are linked to it. */
export interface HardLinkLeader {
  path: string;
  /** The entry of the same type that the destination has under that name. */
  destination?: string;
  /** It gets another inode, so links to it must be made anew. */
  replaced: boolean;
  /** It can only be made after deletions. */
  late: boolean;
}

interface Follower {
  entry: Entry;
  /** Index of its source. */
  source: number;
  /** Identity of what the destination has by that name, if it is alike. */
  there: string | undefined;
  differences: number | null;
  overDirectory: boolean;
}

/** Plans the further names of hard-linked entries of one directory. */
export class HardLinks {
  readonly #plan: DirectoryPlan;
  readonly #extraneous: Extraneous;
  #followers: Follower[] = [];

  constructor(plan: DirectoryPlan, extraneous: Extraneous) {
    this.#plan = plan;
    this.#extraneous = extraneous;
  }

  /**
   * Takes on a name of a file that already has a leader (true). The first name becomes the leader
   * and is planned like any other entry (false).
   */
  follows(source: RowCursor, index: number, destination: RowCursor | undefined): boolean {
    const { state } = this.#plan;
    const { options } = state.input;
    if (!options.preserve.hardLinks || source.batch.word(source.row, Column.nlink) < 2) {
      return false;
    }
    const entry = this.#plan.entryOf(source);
    const alike = destination !== undefined && typeOf(destination) === typeOf(source);
    const there = alike ? destination.batch.identity(destination.row) : undefined;
    if (!state.leaders.has(entry.identity)) {
      const leftOut = destination === undefined ? options.existing : options.ignoreExisting;
      const leader = { path: entry.path, destination: there, replaced: false, late: false };
      if (!leftOut) state.leaders.set(entry.identity, leader);
      return false;
    }
    if (destination === undefined ? options.existing : options.ignoreExisting) {
      state.input.totals.skipped++;
      return true;
    }
    if (destination !== undefined && !alike) this.#extraneous.makeRoom(destination);
    this.#followers.push({
      entry,
      source: index,
      there,
      differences: alike
        ? state.comparer.compare(source.batch, source.row, destination.batch, destination.row)
        : null,
      overDirectory: destination !== undefined &&
        isDirectory(destination.batch.word(destination.row, Column.mode)),
    });
    return true;
  }

  /** Notes that a name gets a new inode: links to it must be made anew. */
  noteReplaced(entry: Entry, step: SyncStep): void {
    const { leaders } = this.#plan.state;
    if (leaders.size === 0) return; // mostly: the identity is a long text to look up
    const leader = leaders.get(entry.identity);
    if (leader?.path !== entry.path) return;
    leader.replaced = true;
    leader.late = step === "late";
  }

  /** Plans the followers met so far, now that it is known what happens to their leaders. */
  flush(): void {
    for (const follower of this.#followers.splice(0)) this.#planFollower(follower);
  }

  #planFollower({ entry, source, there, differences, overDirectory }: Follower): void {
    const leader = this.#plan.state.leaders.get(entry.identity)!;
    if (there !== undefined && there === leader.destination && !leader.replaced) {
      this.#plan.state.input.totals.unchangedFiles++;
      this.#plan.keep(entry, source, there);
      return;
    }
    const step = leader.late ? "finish" : overDirectory ? "late" : "links";
    const itemized = itemize("hardlink", entry.mode, differences, true);
    const reason = differences === null || differences === Difference.none
      ? "hard link"
      : `hard link, ${reasonFor(differences)}`;
    this.#plan.push({
      step,
      action: {
        kind: "hardlink",
        path: entry.path,
        existing: leader.path,
        clearsDirectory: overDirectory || undefined,
      },
      line: planLine("hardlink", entry.path, entry, itemized, reason, leader.path),
      removes: this.#plan.removalOf(entry, source, there),
      // Before any directory gets its final time.
      priority: step === "finish" ? MAX_PRIORITY : PRIORITY.normal,
    });
  }
}
