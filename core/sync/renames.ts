/**
 * Renames: files that the destination has under names that the source no longer knows.
 *
 * Copies of new files and deletions are kept aside until both scans are over. Those of equal size
 * are then hashed where they lie, and what has equal content becomes a rename at the destination:
 * no content travels, and nothing is deleted. Which of several equal files is taken depends on the
 * plan alone, never on the time that anything takes.
 */
import { toHex } from "#core/hash/mod.ts";
import { baseName } from "#core/system/relative_path.ts";
import type { HashResult } from "#core/system/system.ts";
import { HeldPlan } from "./held_plan.ts";
import { itemize } from "./itemize.ts";
import { type FileMark, type PlanItem, RENAME_PRIORITY } from "./plan_item.ts";
import type { PlanInput, PlanSummary } from "./plan_state.ts";
import { countCopy } from "./totals.ts";

/** A smaller file must have the same time, too: to hash many in vain costs more than to send it. */
const LEAST_BY_SIZE_ALONE = 256 * 1024;
/** What files of one size and different times must begin with alike to be hashed whole. */
const HEADER_BYTES = 64;
/** Files and bytes that are looked at together. */
const BATCH = { items: 1024, bytes: 256 * 1024 * 1024 };
/** Equal files among which the best name is chosen. */
const MAX_CHOICES = 64;

/** Whether renames are looked for at all. */
export function mayFindRenames({ options, baseExists, baseIsNew, allFound }: PlanInput): boolean {
  return options.findRenames === true && options.delete && options.backup === undefined &&
    baseExists && !baseIsNew && allFound;
}

/** The same plan, with renames in the place of the copies and deletions that they spare. */
export async function* findRenames(
  plan: AsyncIterable<PlanItem[]>,
  input: PlanInput,
  summary: PlanSummary,
): AsyncGenerator<PlanItem[]> {
  const held = new HeldPlan();
  for await (const items of plan) {
    yield items.filter((item) => {
      if (held.take(item)) return false;
      if (item.mark !== undefined && item.action.kind === "copy") count(input, item);
      return true;
    });
  }
  const finder = new RenameFinder(held, input, summary);
  yield* finder.copies();
  yield* finder.deletions();
}

function count({ totals }: PlanInput, { action }: PlanItem): void {
  if (action.kind === "copy") countCopy(totals, action.size);
}

class RenameFinder {
  readonly #held: HeldPlan;
  readonly #input: PlanInput;
  readonly #summary: PlanSummary;
  /** Deletions by size, and by size and time. */
  readonly #bySize = new Map<number, number[]>();
  readonly #byMark = new Map<string, number[]>();
  /** Hashed deletions whose file has not been renamed, by hash. */
  readonly #byHash = new Map<string, number[]>();
  readonly #hashed = new Set<number>();
  /** Deletions by size and what they begin with, and the sizes of which all are there. */
  readonly #byStart = new Map<string, number[]>();
  readonly #begun = new Set<number>();
  readonly #renamed = new Set<number>();

  constructor(held: HeldPlan, input: PlanInput, summary: PlanSummary) {
    this.#held = held;
    this.#input = input;
    this.#summary = summary;
    // Where nothing may be deleted, no old name may go either.
    if (!summary.clean) return;
    const sizes = held.copies.sizes();
    for (let index = 0; index < held.deletions.count; index++) {
      const mark = held.deletions.at(index);
      if (!sizes.has(mark.size)) continue;
      append(this.#bySize, mark.size, index);
      append(this.#byMark, this.#keyOf(mark), index);
    }
  }

  /** What became of the copies. */
  async *copies(): AsyncGenerator<PlanItem[]> {
    const { copies } = this.#held;
    const plain: PlanItem[] = [], open: number[] = [];
    let bytes = 0;
    for (let index = 0; index < copies.count; index++) {
      const mark = copies.at(index);
      if (this.#isWorthwhile(mark)) {
        open.push(index);
        bytes += mark.size;
      } else plain.push(this.#copy(index));
      if (plain.length >= BATCH.items) yield plain.splice(0);
      if (open.length < BATCH.items && bytes < BATCH.bytes) continue;
      yield await this.#decide(open.splice(0));
      bytes = 0;
    }
    yield plain;
    if (open.length > 0) yield await this.#decide(open);
  }

  /** The deletions that no rename spared. */
  *deletions(): Generator<PlanItem[]> {
    let items: PlanItem[] = [];
    for (let index = 0; index < this.#held.deletions.count; index++) {
      if (!this.#renamed.has(index)) items.push(this.#held.deletion(index));
      if (items.length < BATCH.items) continue;
      yield items;
      items = [];
    }
    yield items;
  }

  #isWorthwhile(mark: FileMark): boolean {
    return this.#byMark.has(this.#keyOf(mark)) ||
      (mark.size >= LEAST_BY_SIZE_ALONE && this.#bySize.has(mark.size));
  }

  #copy(index: number): PlanItem {
    const item = this.#held.copy(index);
    count(this.#input, item);
    return item;
  }

  /** Looks for each copy's content among the deletions: first where size and time agree. */
  async #decide(indices: number[]): Promise<PlanItem[]> {
    const { copies } = this.#held;
    const files = indices.map((index) => new Wanted(this.#held.copy(index), copies.at(index)));
    const keyed = Map.groupBy(files, ({ mark }) => this.#keyOf(mark));
    const known = [...keyed].filter(([key]) => this.#byMark.has(key));
    await Promise.all([
      this.#hashSources(known.flatMap(([, group]) => group)),
      this.#hashThere(known.flatMap(([key]) => this.#byMark.get(key)!)),
    ]);
    for (const file of files) this.#choose(file);
    const left = files.filter(({ isOpen, mark }) => isOpen && mark.size >= LEAST_BY_SIZE_ALONE);
    const { wanted, there } = await this.#beginAlike(left);
    await Promise.all([this.#hashSources(wanted), this.#hashThere(there)]);
    for (const file of wanted) this.#choose(file);
    return files.map((file) => this.#itemOf(file));
  }

  async #hashSources(files: Wanted[]): Promise<void> {
    const { source, sources, signal, onActivity } = this.#input;
    const due = files.filter(({ hash }) => hash === undefined);
    for (const [index, group] of Map.groupBy(due, ({ copy }) => copy.source)) {
      const paths = group.map(({ copy }) => copy.sourcePath);
      const options = { signal, onBytes: onActivity };
      const results = await source.hashFiles(sources[index].base, paths, options);
      group.forEach((file, k) => file.take(results[k]));
    }
  }

  async #hashThere(indices: number[]): Promise<void> {
    const { destination, base, signal, onActivity } = this.#input;
    const due = indices.filter((index) => !this.#hashed.has(index));
    if (due.length === 0) return;
    const paths = due.map((index) => this.#held.path(index));
    const results = await destination.hashFiles(base, paths, { signal, onBytes: onActivity });
    due.forEach((index, k) => {
      this.#hashed.add(index);
      const { hash, size } = results[k];
      if (hash === undefined || size !== this.#held.deletions.size(index)) return;
      append(this.#byHash, toHex(hash), index);
    });
  }

  /** Of files that agree in nothing but their size, those that begin like one on the other side. */
  async #beginAlike(files: Wanted[]): Promise<{ wanted: Wanted[]; there: number[] }> {
    const { source, sources, destination, base, signal } = this.#input;
    const sizes = new Set(files.map(({ mark }) => mark.size));
    const due = [...sizes].filter((size) => !this.#begun.has(size))
      .flatMap((size) => this.#bySize.get(size)!);
    for (const size of sizes) this.#begun.add(size);
    const paths = due.map((index) => this.#held.path(index));
    const theirs = await destination.readHeaders(base, paths, HEADER_BYTES, { signal });
    due.forEach((index, k) => {
      append(this.#byStart, `${this.#held.deletions.size(index)} ${toHex(theirs[k])}`, index);
    });
    const wanted: Wanted[] = [], there = new Set<number>();
    for (const [index, group] of Map.groupBy(files, ({ copy }) => copy.source)) {
      const paths = group.map(({ copy }) => copy.sourcePath);
      const ours = await source.readHeaders(sources[index].base, paths, HEADER_BYTES, { signal });
      group.forEach((file, k) => {
        const alike = this.#byStart.get(`${file.mark.size} ${toHex(ours[k])}`);
        if (alike === undefined) return;
        wanted.push(file);
        for (const other of alike) there.add(other);
      });
    }
    return { wanted, there: [...there] };
  }

  /** Takes the best of the files with the same content: the same time, then the same name. */
  #choose(file: Wanted): void {
    const equal = file.hash === undefined ? undefined : this.#byHash.get(file.hash);
    if (!file.isOpen || equal === undefined || equal.length === 0) return;
    const key = this.#keyOf(file.mark), name = baseName(file.copy.path);
    let best = 0, bestScore = -1;
    for (let k = 0; k < equal.length && k < MAX_CHOICES; k++) {
      const sameTime = this.#keyOf(this.#held.deletions.at(equal[k])) === key;
      const sameName = baseName(this.#held.path(equal[k])) === name;
      const score = (sameTime ? 2 : 0) + (sameName ? 1 : 0);
      if (score > bestScore) [best, bestScore] = [k, score];
    }
    [file.there] = equal.splice(best, 1);
  }

  #itemOf(file: Wanted): PlanItem {
    const { item, copy, there, mark } = file;
    if (there === undefined) {
      count(this.#input, item);
      return item;
    }
    this.#renamed.add(there);
    this.#summary.deletions--;
    const from = this.#held.path(there);
    const { times } = this.#input.options.preserve;
    const { mtime, mtimeNs } = mark;
    return {
      step: "transfer",
      action: {
        ...{ kind: "rename", path: copy.path, from, ...this.#held.deletions.at(there) },
        metadata: times ? { ...copy.metadata, mtime, mtimeNs } : copy.metadata,
      },
      line: {
        ...item.line!,
        kind: "rename",
        itemized: itemize("rename", item.line!.mode, null, true),
        reason: "equal in content",
        target: from,
      },
      instead: { source: copy.source, sourcePath: copy.sourcePath },
      priority: RENAME_PRIORITY,
    };
  }

  /** Equal for files of one size and, as far as both sides can tell, one time. */
  #keyOf({ size, mtime, mtimeNs }: FileMark): string {
    const { timeStepNs } = this.#input;
    return timeStepNs >= 1e9
      ? `${size} ${Math.floor(mtime / (timeStepNs / 1e9))}`
      : `${size} ${mtime} ${Math.floor(mtimeNs / timeStepNs)}`;
  }
}

/** A new file of the source, and what is known of its content. */
class Wanted {
  /** In lower hex. */
  hash?: string;
  /** The deletion whose file it is. */
  there?: number;
  #failed = false;

  constructor(readonly item: PlanItem, readonly mark: FileMark) {}

  get copy() {
    const { action } = this.item;
    if (action.kind !== "copy") throw new TypeError("only copies are looked for");
    return action;
  }

  get isOpen(): boolean {
    return this.there === undefined && !this.#failed;
  }

  /** A file that can't be read, or has changed, is left to the copying. */
  take({ hash, size }: HashResult): void {
    if (hash !== undefined && size === this.mark.size) this.hash = toHex(hash);
    else this.#failed = true;
  }
}

function append<K>(map: Map<K, number[]>, key: K, index: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [index]);
  else list.push(index);
}
