/**
 * The planner: joins source and destination directory by directory and says what has to be done.
 *
 * It changes nothing; a dry run and a real run consume the same plan. Memory doesn't grow with
 * the number of files (but with the number of hard-linked ones under `hardLinks`).
 */
import { OrbitError } from "#core/errors.ts";
import { parentOf } from "#core/system/relative_path.ts";
import { Column, ScanBatch } from "#core/system/scan_batch.ts";
import { mergeInSteps, RowCursor } from "./cursor.ts";
import { noteLocked } from "./directory_plan.ts";
import { DirectoryVisitor } from "./directory_visitor.ts";
import { METADATA_DIFFERENCES } from "./difference.ts";
import { PartReader, type Window, windows } from "./feed.ts";
import { itemize } from "./itemize.ts";
import { JudgedItems } from "./judged_items.ts";
import { attributeSelection } from "./options.ts";
import { type PlanItem, planLine, reasonFor } from "./plan_item.ts";
import { createPlanState, type PlanInput, type PlanState, type PlanSummary } from "./plan_state.ts";
import { findRenames } from "./renames.ts";
import { readSources, skipsRoots } from "./source_scans.ts";

/** Plans a sync. Yields batches of items in the order of the sources. */
export class Planner {
  readonly #state: PlanState;

  constructor(input: PlanInput) {
    this.#state = createPlanState(input);
  }

  get summary(): PlanSummary {
    return this.#state.summary;
  }

  /** Marks a directory whose contents can't be handled, so that they are left out. */
  skipContents(path: string): void {
    this.#state.skipped.add(path);
  }

  async *items(): AsyncGenerator<PlanItem[]> {
    const { input, summary, holds } = this.#state;
    yield* holds ? findRenames(this.#items(), input, summary) : this.#items();
    input.totals.planned = true;
  }

  async *#items(): AsyncGenerator<PlanItem[]> {
    const { input } = this.#state;
    const readers = input.readers ?? readSources(input, input.source, input.signal);
    for (const reader of readers) {
      reader.onBatch = (batch) => {
        this.#noteTroubles(batch);
        input.onActivity?.();
      };
    }
    if (skipsRoots(input)) input.onNote('skipping directory ".": not recursive');
    const others = {
      system: input.destination,
      base: input.baseExists ? input.base : undefined,
      linkDest: input.options.linkDest,
      attributes: attributeSelection(input.options),
      isNew: (directory: string) => this.#state.fresh.has(directory),
      listWhole: input.options.delete || input.hasLeftovers,
      signal: input.signal,
    };
    try {
      // The scans have begun meanwhile.
      const root = await this.#planRoot();
      if (root.length > 0) yield root;
      for await (const window of windows(readers, others)) yield* this.#planWindow(window);
    } finally {
      await Promise.all(readers.map((reader) => reader.close()));
    }
  }

  #noteTroubles(batch: ScanBatch): void {
    for (const { path, error } of batch.data.troubles) {
      this.#state.summary.clean = false;
      this.#state.input.onTrouble(path, error);
    }
  }

  /** The destination directory itself takes the metadata of `SRC/`. */
  async #planRoot(): Promise<PlanItem[]> {
    const { input, metadata, comparer } = this.#state;
    const source = input.sources.find((candidate) => candidate.isRoot);
    if (source === undefined || skipsRoots(input)) return [];
    const attributes = attributeSelection(input.options), { signal } = input;
    const isThere = input.baseExists && !input.baseIsNew;
    const [{ row, entry }, here] = await Promise.all([
      input.source.inspect(source.base, { attributes, signal }),
      isThere ? input.destination.inspect(input.base, { attributes, signal }) : undefined,
    ]);
    if (row === undefined || entry === undefined) {
      throw new OrbitError("not_found", `scan ${JSON.stringify(source.base)}: no such directory`);
    }
    const old = here?.row === undefined ? undefined : new ScanBatch(here.row);
    const differences = old === undefined
      ? null
      : comparer.compare(new ScanBatch(row), 0, old, 0) & METADATA_DIFFERENCES;
    if (old !== undefined) noteLocked(this.#state, "", old.word(0, Column.mode));
    if (differences === 0) {
      this.#state.quiet.set("", entry);
      return [];
    }
    const kind = differences === null ? "directory" : "attributes";
    const itemized = itemize(kind, entry.mode, differences, true);
    return [{
      step: "finish",
      action: {
        kind: "attributes",
        path: "",
        metadata: { permissions: this.#state.locked.get(""), ...metadata.forExisting(entry) },
      },
      line: planLine(kind, "", entry, itemized, reasonFor(differences)),
      priority: 0,
    }];
  }

  async *#planWindow(window: Window): AsyncGenerator<PlanItem[]> {
    const judged = new JudgedItems();
    try {
      for (const group of window.groups) {
        const reader = group.isUnlisted ? undefined : window.destination;
        const destination = await this.#cursorOf(reader);
        this.#state.fresh.delete(group.directory);
        // A first copy needn't wait for anything.
        const isEmpty = destination === undefined || !(destination.hasRow || destination.isDry);
        if (group.directory === "" && isEmpty) this.#state.holds = false;
        const linkDestinations = [];
        for (const reader of window.linkDestinations) {
          linkDestinations.push(await this.#cursorOf(reader));
        }
        const visitor = new DirectoryVisitor(this.#state, group, destination);
        if (this.#leavesOut(group.directory)) visitor.leaveOut();
        // Whoever wants to know of all files takes them here, before they are too many.
        const { onFile, onThere } = this.#state.input;
        const wantsAll = onFile !== undefined || onThere !== undefined;
        const steps = mergeInSteps(group.cursors, destination, linkDestinations, visitor);
        for await (const _ of steps) {
          const items = visitor.take();
          if (items.length > 0 || wantsAll) yield* judged.pass(items, visitor.judge());
        }
        const items = visitor.end(), ready = visitor.judge();
        if (items.length > 0 || wantsAll) yield* judged.pass(items, ready);
      }
      yield* judged.rest();
    } finally {
      await window.destination?.close();
      for (const reader of window.linkDestinations) await reader.close();
    }
  }

  async #cursorOf(reader: PartReader | undefined): Promise<RowCursor | undefined> {
    const next = await reader?.take();
    if (!next) return undefined;
    const { data } = next.batch;
    // A link where the source has a directory: no directory is there, and the link is replaced.
    data.troubles = data.troubles.filter(({ error }) => error.detail.errno !== "ELOOP");
    this.#noteTroubles(next.batch);
    data.troubles = [];
    return new RowCursor(next.batch, next.part, reader!.take);
  }

  /** Whether the directory lies in one that is left out; remembers it for those below. */
  #leavesOut(directory: string): boolean {
    const { skipped } = this.#state;
    if (skipped.size === 0) return false;
    if (skipped.has(directory)) return true;
    if (directory === "" || !skipped.has(parentOf(directory))) return false;
    skipped.add(directory);
    return true;
  }
}
