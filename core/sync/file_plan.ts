/** Planning the regular files of one directory. */
import { classify } from "#core/semantic/mod.ts";
import { joinPath } from "#core/system/relative_path.ts";
import { Column, type Entry, ROW_WORDS } from "#core/system/scan_batch.ts";
import type { CopyAction } from "#core/system/system.ts";
import { ContentComparison } from "./content_comparison.ts";
import type { RowCursor } from "./cursor.ts";
import { countCopy } from "./totals.ts";
import { type Comparer, Difference, METADATA_DIFFERENCES, secondsOf } from "./difference.ts";
import { type DirectoryPlan, isDirectory } from "./directory_plan.ts";
import type { Extraneous } from "./extraneous.ts";
import type { HardLinks } from "./hard_links.ts";
import { itemize } from "./itemize.ts";
import { type PlanItem, planLine, PRIORITY, reasonFor, type SyncStep } from "./plan_item.ts";

/** Bytes of a header that decide a file's semantic priority. */
const HEADER_BYTES = 16;

/** A regular file of a source. */
interface SourceFile {
  entry: Entry;
  /** Index of its source. */
  source: number;
  /** Path below that source's base. */
  sourcePath: string;
}

/** A copy whose header may change its priority. */
interface Unclassified {
  item: PlanItem;
  base: string;
  path: string;
}

/** Decides what each regular file needs. */
export class FilePlan {
  readonly #plan: DirectoryPlan;
  readonly #hardLinks: HardLinks;
  readonly #extraneous: Extraneous;
  readonly #comparison: ContentComparison;
  readonly #unclassified: Unclassified[] = [];

  constructor(plan: DirectoryPlan, hardLinks: HardLinks, extraneous: Extraneous) {
    this.#plan = plan;
    this.#hardLinks = hardLinks;
    this.#extraneous = extraneous;
    this.#comparison = new ContentComparison(plan.state.input);
  }

  /** Plans a file of a source, or leaves it out. */
  visit(
    source: RowCursor,
    index: number,
    destination: RowCursor | undefined,
    linkDestinations: readonly (RowCursor | undefined)[],
  ): void {
    const { options, totals, onFile } = this.#plan.state.input;
    const size = source.batch.size(source.row);
    if (size > (options.maxSize ?? Infinity) || size < (options.minSize ?? 0)) {
      totals.skipped++;
      return;
    }
    if (onFile !== undefined) {
      const path = this.#plan.pathOf(source);
      const sourcePath = this.#plan.sourcePathOf(path, index);
      onFile({ path, source: index, sourcePath, size });
    }
    if (this.#hardLinks.follows(source, index, destination)) return;
    if (destination === undefined ? options.existing : options.ignoreExisting) totals.skipped++;
    else if (destination === undefined) this.#create(source, index, linkDestinations, null);
    else this.#update(source, index, destination, linkDestinations);
  }

  /** Resolves what needs a look at content. */
  async flush(): Promise<void> {
    await this.#comparison.flush();
  }

  /** Settles how much the planned copies matter; undefined when nothing has to be read for it. */
  judge(): Promise<void> | undefined {
    const { state } = this.#plan;
    const unclassified = this.#unclassified.splice(0).slice(0, state.headersLeft);
    state.headersLeft -= unclassified.length;
    return unclassified.length === 0 ? undefined : this.#readHeaders(unclassified);
  }

  #fileOf(source: RowCursor, index: number): SourceFile {
    const entry = this.#plan.entryOf(source);
    return { entry, source: index, sourcePath: this.#plan.sourcePathOf(entry.path, index) };
  }

  /** A file that both sides have. */
  #update(
    source: RowCursor,
    index: number,
    destination: RowCursor,
    linkDestinations: readonly (RowCursor | undefined)[],
  ): void {
    const { input: { options, totals }, comparer } = this.#plan.state;
    const found = comparer.compare(source.batch, source.row, destination.batch, destination.row);
    if ((found & Difference.type) !== 0) {
      this.#extraneous.makeRoom(destination);
      this.#create(source, index, linkDestinations, found, destination);
      return;
    }
    const x = source.batch.data.rows, i = source.row * ROW_WORDS;
    const y = destination.batch.data.rows, j = destination.row * ROW_WORDS;
    const sameTime = comparer.sameTime(x, i, y, j);
    if (options.update && !sameTime && isNewer(y, j, x, i)) {
      totals.skipped++;
      return;
    }
    const sameSize = (found & Difference.size) === 0;
    if (!sameSize || (options.compare === "size-and-time" && !sameTime)) {
      this.#create(source, index, linkDestinations, found, destination);
    } else if (options.compare === "checksum") {
      this.#decideByContent(this.#fileOf(source, index), found);
    } else this.#keep(() => this.#fileOf(source, index), found);
  }

  #decideByContent(file: SourceFile, found: number): void {
    this.#comparison.add({
      source: file.source,
      sourcePath: file.sourcePath,
      otherBase: this.#plan.state.input.base,
      otherPath: file.entry.path,
      onEqual: () => this.#keep(() => file, found),
      onDifferent: () => this.#copy(file, found, file.entry.mode),
    });
  }

  /** A file whose content stays; its metadata may not. */
  #keep(fileOf: () => SourceFile, found: number): void {
    const { input } = this.#plan.state;
    input.totals.unchangedFiles++;
    const differences = found & METADATA_DIFFERENCES;
    if (differences === 0 && input.onThere === undefined) return;
    const { entry, source } = fileOf();
    if (differences === 0) this.#plan.keep(entry, source);
    else this.#plan.changeAttributes(entry, differences, source);
  }

  /** A file whose content is new (`differences` null) or replaced. */
  #create(
    source: RowCursor,
    index: number,
    linkDestinations: readonly (RowCursor | undefined)[],
    differences: number | null,
    replaced?: RowCursor,
  ): void {
    const file = this.#fileOf(source, index);
    const replacedMode = replaced?.batch.word(replaced.row, Column.mode);
    const copy = () => this.#copy(file, differences, replacedMode);
    const alike = this.#findElsewhere(source, linkDestinations);
    if (alike === undefined) return copy();
    const over = replacedMode !== undefined && isDirectory(replacedMode);
    const link = () => this.#linkElsewhere(file, alike, over);
    if (this.#plan.state.input.options.compare !== "checksum") return link();
    this.#comparison.add({
      source: index,
      sourcePath: file.sourcePath,
      otherBase: alike.base,
      otherPath: alike.path,
      onEqual: link,
      onDifferent: copy,
    });
  }

  #copy(file: SourceFile, differences: number | null, replacedMode?: number): void {
    const { input, metadata } = this.#plan.state;
    const { entry, source, sourcePath } = file;
    const retyped = differences !== null && (differences & Difference.type) !== 0;
    const overDirectory = retyped && isDirectory(replacedMode ?? 0);
    const shown = retyped || differences === null
      ? null
      : input.options.compare === "checksum"
      ? differences | Difference.content
      : differences;
    const action: CopyAction = {
      kind: "copy",
      path: entry.path,
      sourcePath,
      source,
      size: entry.size,
      metadata: metadata.forNew(entry, retyped ? undefined : replacedMode),
    };
    if (overDirectory) action.clearsDirectory = true;
    const step = this.#stepOf(entry.path, retyped, overDirectory);
    this.#hardLinks.noteReplaced(entry, step);
    const itemized = itemize("copy", entry.mode, shown, input.options.preserve.times);
    const line = planLine("copy", entry.path, entry, itemized, reasonFor(shown ?? differences));
    const verdict = classify(entry.path);
    const item: PlanItem = { step, action, line, priority: PRIORITY[verdict.priority] };
    if (differences === null && this.#plan.state.holds && entry.size > 0) {
      item.mark = { size: entry.size, mtime: entry.mtime, mtimeNs: entry.mtimeNs };
    } else countCopy(input.totals, entry.size);
    this.#plan.push(item);
    if (verdict.needsHeader && entry.size > 0) {
      this.#unclassified.push({ item, base: input.sources[source].base, path: sourcePath });
    }
  }

  /** What has another type must go first where nothing can be renamed over it. */
  #stepOf(path: string, retyped: boolean, overDirectory: boolean): SyncStep {
    if (overDirectory) return "late";
    if (!retyped || !this.#plan.state.input.options.inplace) return "transfer";
    this.#plan.add("links", { kind: "delete", path, directory: false });
    return "late";
  }

  /** An equal file of a `--link-dest` directory; under `--checksum`, a file that may be equal. */
  #findElsewhere(
    source: RowCursor,
    linkDestinations: readonly (RowCursor | undefined)[],
  ): { base: string; path: string } | undefined {
    const { input, comparer } = this.#plan.state;
    for (let i = 0; i < linkDestinations.length; i++) {
      const other = linkDestinations[i];
      if (other === undefined) continue;
      if (comparer.compare(source.batch, source.row, other.batch, other.row) !== 0) continue;
      // Times tell of content, whether or not they are kept.
      if (input.options.compare === "size-and-time" && !hasSameTime(comparer, source, other)) {
        continue;
      }
      return { base: input.options.linkDest[i], path: this.#plan.pathOf(other) };
    }
    return undefined;
  }

  #linkElsewhere(
    { entry, source }: SourceFile,
    other: { base: string; path: string },
    over: boolean,
  ): void {
    const step = over ? "late" : "transfer";
    this.#hardLinks.noteReplaced(entry, step);
    const itemized = itemize("hardlink", entry.mode, null, true);
    const target = joinPath(other.base, other.path);
    this.#plan.add(
      step,
      {
        kind: "hardlink",
        path: entry.path,
        existing: other.path,
        existingBase: other.base,
        clearsDirectory: over || undefined,
      },
      planLine("hardlink", entry.path, entry, itemized, "equal in --link-dest", target),
      this.#plan.removalOf(entry, source),
    );
  }

  async #readHeaders(unclassified: readonly Unclassified[]): Promise<void> {
    const { source, signal } = this.#plan.state.input;
    for (const base of new Set(unclassified.map((u) => u.base))) {
      const mine = unclassified.filter((u) => u.base === base);
      const paths = mine.map((u) => u.path);
      const headers = await source.readHeaders(base, paths, HEADER_BYTES, { signal });
      mine.forEach(({ item, path }, k) => {
        item.priority = PRIORITY[classify(path, headers[k]).priority];
      });
    }
  }
}

function hasSameTime(comparer: Comparer, a: RowCursor, b: RowCursor): boolean {
  const x = a.batch.data.rows, y = b.batch.data.rows;
  return comparer.sameTime(x, a.row * ROW_WORDS, y, b.row * ROW_WORDS);
}

/** Whether the row at `i` of `x` was modified after the one at `j` of `y`. */
function isNewer(x: Uint32Array, i: number, y: Uint32Array, j: number): boolean {
  const seconds = secondsOf(x, i) - secondsOf(y, j);
  return seconds > 0 || (seconds === 0 && x[i + Column.mtimeNs] > y[j + Column.mtimeNs]);
}
