/** Planning one directory: what each visited name needs. */
import { equalBytes } from "#core/hash/mod.ts";
import { classify } from "#core/semantic/mod.ts";
import { joinPath } from "#core/system/relative_path.ts";
import { Column, type Entry, FileType, ROW_WORDS } from "#core/system/scan_batch.ts";
import type { CopyAction, PlainAction } from "#core/system/system.ts";
import { stagedTag } from "#core/system/work/staging.ts";
import type { RowCursor, RowVisitor } from "./cursor.ts";
import { Difference, METADATA_DIFFERENCES, secondsOf } from "./difference.ts";
import type { ActionKind } from "./events.ts";
import type { DirectoryGroup } from "./feed.ts";
import { itemize } from "./itemize.ts";
import {
  deleteItem,
  depthOf,
  type PlanItem,
  planLine,
  reasonFor,
  type SyncStep,
} from "./plan_item.ts";
import type { SyncOptions } from "./options.ts";
import type { PlanState } from "./planner.ts";

/** Bytes of a header that decide a file's semantic priority. */
const HEADER_BYTES = 16;

const PRIORITY = { critical: 3, high: 2, normal: 1, low: 0 } as const;

/** A regular file that both sides have alike but whose content is still to be compared. */
interface Undecided {
  entry: Entry;
  source: number;
  sourcePath: string;
  differences: number;
}

/** Plans the names of one directory as {@linkcode mergeRows} visits them. */
export class DirectoryVisitor implements RowVisitor {
  readonly #state: PlanState;
  readonly #group: DirectoryGroup;
  readonly #destination: RowCursor | undefined;
  readonly #items: PlanItem[] = [];
  #undecided: Undecided[] = [];
  /** Copies whose header may change their priority. */
  #unclassified: { item: PlanItem; base: string; path: string }[] = [];
  #followers: { entry: Entry; identity: string; there: string | undefined }[] = [];
  /** Extraneous directories whose contents are still to be listed. */
  #extraneous: string[] = [];
  #leaveOut = false;
  #touched = false;

  constructor(state: PlanState, group: DirectoryGroup, destination: RowCursor | undefined) {
    this.#state = state;
    this.#group = group;
    this.#destination = destination;
  }

  /** Plans nothing in this directory (nor below it). */
  leaveOut(): void {
    this.#leaveOut = true;
  }

  visit(
    source: RowCursor | undefined,
    sourceIndex: number,
    destination: RowCursor | undefined,
    linkDestinations: readonly (RowCursor | undefined)[],
  ): void {
    if (destination !== undefined) this.#state.summary.destinationEntries++;
    if (source === undefined) {
      if (!this.#leaveOut) this.#visitExtraneous(destination!);
      return;
    }
    const mode = source.batch.word(source.row, Column.mode);
    const type = mode & FileType.mask;
    if (this.#leaveOut) {
      if (type === FileType.directory) this.#skipContents(this.#pathOf(source, sourceIndex));
      return;
    }
    if (this.#isStaged(source)) return;
    this.#count(source, type);
    if (type === FileType.file) this.#visitFile(source, sourceIndex, destination, linkDestinations);
    else if (type === FileType.directory) this.#visitDirectory(source, sourceIndex, destination);
    else this.#visitOther(source, sourceIndex, destination, type);
  }

  /** Resolves what needs a look at content or at what lies below. */
  async flush(): Promise<void> {
    await this.#compareContents();
    await this.#readHeaders();
    this.#planFollowers();
    for (const path of this.#extraneous.splice(0)) await this.#planRemoval(path);
  }

  /** The items of this directory, after the last flush. */
  end(): PlanItem[] {
    const { quiet, metadata } = this.#state;
    const { directory } = this.#group;
    const entry = quiet.get(directory);
    quiet.delete(directory);
    if (entry !== undefined && this.#touched && this.#state.input.options.preserve.times) {
      this.#add("finish", {
        kind: "attributes",
        path: directory,
        metadata: metadata.forExisting(entry),
      });
    }
    return this.#items;
  }

  #pathOf(cursor: RowCursor, sourceIndex = -1): string {
    const path = joinPath(this.#group.directory, cursor.batch.name(cursor.row));
    const rename = sourceIndex >= 0 ? this.#state.input.sources[sourceIndex].rename : undefined;
    return rename !== undefined && rename.from === path ? rename.to : path;
  }

  /** The row as an entry under its destination path. */
  #entryOf(cursor: RowCursor, sourceIndex: number): Entry {
    const entry = cursor.batch.entry(cursor.row, this.#group.directory);
    entry.path = this.#pathOf(cursor, sourceIndex);
    return entry;
  }

  #isStaged(cursor: RowCursor): boolean {
    const { heap, rows } = cursor.batch.data;
    const at = rows[cursor.row * ROW_WORDS + Column.nameAt];
    const looksLikeIt = heap[at] === 46 && heap[at + 1] === 111 && heap[at + 7] === 45;
    return looksLikeIt && stagedTag(cursor.batch.name(cursor.row)) !== undefined;
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

  #visitFile(
    source: RowCursor,
    sourceIndex: number,
    destination: RowCursor | undefined,
    linkDestinations: readonly (RowCursor | undefined)[],
  ): void {
    const { options, totals, onFile } = this.#state.input;
    const size = source.batch.size(source.row);
    if (size > (options.maxSize ?? Infinity) || size < (options.minSize ?? 0)) {
      totals.skipped++;
      return;
    }
    if (onFile !== undefined) {
      const sourcePath = joinPath(this.#group.directory, source.batch.name(source.row));
      onFile({ path: this.#pathOf(source, sourceIndex), source: sourceIndex, sourcePath, size });
    }
    const linked = options.preserve.hardLinks &&
      source.batch.word(source.row, Column.nlink) > 1;
    if (linked && this.#follows(source, sourceIndex, destination)) return;
    if (destination === undefined) {
      if (options.existing) totals.skipped++;
      else this.#createFile(source, sourceIndex, linkDestinations, null);
      return;
    }
    if (options.ignoreExisting) {
      totals.skipped++;
      return;
    }
    this.#updateFile(source, sourceIndex, destination, linkDestinations);
  }

  /** A file that both sides have. */
  #updateFile(
    source: RowCursor,
    sourceIndex: number,
    destination: RowCursor,
    linkDestinations: readonly (RowCursor | undefined)[],
  ): void {
    const { input: { options, totals }, comparer } = this.#state;
    const found = comparer.compare(source.batch, source.row, destination.batch, destination.row);
    if ((found & Difference.type) !== 0) {
      this.#makeRoom(destination);
      this.#createFile(source, sourceIndex, linkDestinations, found, destination);
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
      this.#createFile(source, sourceIndex, linkDestinations, found, destination);
      return;
    }
    if (options.compare === "checksum") {
      const entry = this.#entryOf(source, sourceIndex);
      const sourcePath = joinPath(this.#group.directory, source.batch.name(source.row));
      this.#undecided.push({ entry, source: sourceIndex, sourcePath, differences: found });
      return;
    }
    this.#keepFile(() => this.#entryOf(source, sourceIndex), found);
  }

  /** A file whose content stays; its metadata may not. */
  #keepFile(entryOf: () => Entry, found: number): void {
    this.#state.input.totals.unchangedFiles++;
    const differences = found & METADATA_DIFFERENCES;
    if (differences !== 0) this.#changeAttributes(entryOf(), differences);
  }

  /** A file whose content is copied: new (`differences` null) or updated. */
  #createFile(
    source: RowCursor,
    sourceIndex: number,
    linkDestinations: readonly (RowCursor | undefined)[],
    differences: number | null,
    replaced?: RowCursor,
  ): void {
    const entry = this.#entryOf(source, sourceIndex);
    if (this.#linkFromElsewhere(entry, source, linkDestinations, replaced)) return;
    const sourcePath = joinPath(this.#group.directory, source.batch.name(source.row));
    const replacedMode = replaced?.batch.word(replaced.row, Column.mode);
    this.#copy(entry, sourceIndex, sourcePath, differences, replacedMode);
  }

  #copy(
    entry: Entry,
    source: number,
    sourcePath: string,
    differences: number | null,
    replacedMode?: number,
  ): void {
    const { input, metadata } = this.#state;
    this.#noteNewContent(entry);
    const retyped = differences !== null && (differences & Difference.type) !== 0;
    const overDirectory = retyped && isDirectory(replacedMode ?? 0);
    const action: CopyAction = {
      kind: "copy",
      path: entry.path,
      sourcePath,
      source,
      size: entry.size,
      metadata: metadata.forNew(entry, retyped ? undefined : replacedMode),
    };
    if (overDirectory) action.clearsDirectory = true;
    const shown = retyped ? null : differences;
    const itemized = itemize("copy", entry.mode, shown, input.options.preserve.times);
    input.totals.plannedFiles++;
    input.totals.plannedBytes += entry.size;
    const line = planLine("copy", entry.path, entry, itemized, reasonFor(differences));
    const verdict = classify(entry.path);
    const item: PlanItem = {
      step: overDirectory ? "late" : "transfer",
      action,
      line,
      priority: PRIORITY[verdict.priority],
    };
    this.#push(item);
    if (verdict.needsHeader && entry.size > 0) {
      this.#unclassified.push({ item, base: input.sources[source].base, path: sourcePath });
    }
  }

  /** Takes an equal file of a `--link-dest` directory instead of a copy. */
  #linkFromElsewhere(
    entry: Entry,
    source: RowCursor,
    linkDestinations: readonly (RowCursor | undefined)[],
    replaced: RowCursor | undefined,
  ): boolean {
    const { input, comparer } = this.#state;
    for (let i = 0; i < linkDestinations.length; i++) {
      const other = linkDestinations[i];
      if (other === undefined) continue;
      if (comparer.compare(source.batch, source.row, other.batch, other.row) !== 0) continue;
      const name = joinPath(this.#group.directory, other.batch.name(other.row));
      this.#noteNewContent(entry);
      const over = replaced && isDirectory(replaced.batch.word(replaced.row, Column.mode));
      this.#add(
        over ? "late" : "transfer",
        {
          kind: "hardlink",
          path: entry.path,
          existing: name,
          existingBase: input.options.linkDest[i],
          clearsDirectory: over || undefined,
        },
        planLine(
          "hardlink",
          entry.path,
          entry,
          itemize("hardlink", entry.mode, null, true),
          "equal in --link-dest",
          joinPath(input.options.linkDest[i], name),
        ),
      );
      return true;
    }
    return false;
  }

  /**
   * Handles a name of a hard-linked file: the first name leads and is planned like any file (false),
   * later ones become links to it (true).
   */
  #follows(source: RowCursor, sourceIndex: number, destination: RowCursor | undefined): boolean {
    const entry = this.#entryOf(source, sourceIndex);
    const there = destination === undefined || !isRegular(destination)
      ? undefined
      : destination.batch.entry(destination.row, "").identity;
    const leader = this.#state.leaders.get(entry.identity);
    if (leader === undefined) {
      const { options } = this.#state.input;
      const leftOut = destination === undefined ? options.existing : options.ignoreExisting;
      if (!leftOut) {
        this.#state.leaders.set(entry.identity, {
          path: entry.path,
          destination: there,
          copied: false,
        });
      }
      return false;
    }
    if (destination !== undefined && !isRegular(destination)) this.#makeRoom(destination);
    this.#followers.push({ entry, identity: entry.identity, there });
    return true;
  }

  /** Links to this file must be made anew once it is replaced. */
  #noteNewContent(entry: Entry): void {
    const leader = this.#state.leaders.get(entry.identity);
    if (leader?.path === entry.path) leader.copied = true;
  }

  #planFollowers(): void {
    for (const { entry, identity, there } of this.#followers.splice(0)) {
      const leader = this.#state.leaders.get(identity)!;
      if (there !== undefined && there === leader.destination && !leader.copied) {
        this.#state.input.totals.unchangedFiles++;
        continue;
      }
      const { options } = this.#state.input;
      if (there === undefined ? options.existing : options.ignoreExisting) continue;
      const itemized = itemize("hardlink", entry.mode, there === undefined ? null : 0, true);
      const action = {
        kind: "hardlink" as const,
        path: entry.path,
        existing: leader.path,
        clearsDirectory: true,
      };
      this.#add(
        "links",
        action,
        planLine("hardlink", entry.path, entry, itemized, "hard link", leader.path),
      );
    }
  }

  #visitDirectory(
    source: RowCursor,
    sourceIndex: number,
    destination: RowCursor | undefined,
  ): void {
    const { input, comparer, metadata, quiet } = this.#state;
    const entry = this.#entryOf(source, sourceIndex);
    if (!input.options.recursive && input.options.files === undefined) {
      input.onNote(`skipping directory ${JSON.stringify(entry.path)}: not recursive`);
      input.totals.skipped++;
      return;
    }
    const found = destination === undefined
      ? Difference.type
      : comparer.compare(source.batch, source.row, destination.batch, destination.row);
    if ((found & Difference.type) === 0) {
      const differences = found & METADATA_DIFFERENCES;
      if (differences === 0 || input.options.ignoreExisting) quiet.set(entry.path, entry);
      else this.#changeAttributes(entry, differences);
      return;
    }
    const leftOut = destination === undefined
      ? input.options.existing
      : input.options.ignoreExisting;
    if (leftOut) {
      input.totals.skipped++;
      this.#skipContents(entry.path);
      return;
    }
    this.#add(
      "directories",
      { kind: "directory", path: entry.path, metadata: metadata.forNew(entry) },
      planLine("directory", entry.path, entry, itemize("directory", entry.mode, null, true), "new"),
    );
    this.#add("finish", {
      kind: "attributes",
      path: entry.path,
      metadata: metadata.forNew(entry),
    });
  }

  /** Links and special files. */
  #visitOther(
    source: RowCursor,
    sourceIndex: number,
    destination: RowCursor | undefined,
    type: number,
  ): void {
    const { input, comparer } = this.#state;
    const entry = this.#entryOf(source, sourceIndex);
    const refusal = this.#refusalFor(entry, type);
    if (refusal !== undefined) {
      input.totals.skipped++;
      input.onNote(`skipping ${JSON.stringify(entry.path)}: ${refusal}`);
      return;
    }
    if (input.options.followLinks && type === FileType.link) {
      input.onTrouble(entry.path, {
        code: "not_found",
        message: `copy ${JSON.stringify(entry.path)}: the link leads nowhere`,
        detail: { path: entry.path, errno: "ENOENT", side: "source" },
      });
      return;
    }
    if (destination === undefined ? input.options.existing : input.options.ignoreExisting) {
      input.totals.skipped++;
      return;
    }
    const found = destination === undefined
      ? null
      : comparer.compare(source.batch, source.row, destination.batch, destination.row);
    if (found === 0) return;
    if (found !== null && (found & (Difference.type | Difference.target)) === 0) {
      this.#changeAttributes(entry, found);
      return;
    }
    if (destination !== undefined) this.#makeRoom(destination);
    this.#makeOther(entry, type, found, destination);
  }

  #makeOther(
    entry: Entry,
    type: number,
    found: number | null,
    destination: RowCursor | undefined,
  ): void {
    const { metadata } = this.#state;
    const clearsDirectory = destination !== undefined &&
      isDirectory(destination.batch.word(destination.row, Column.mode));
    const kind: ActionKind = type === FileType.link ? "link" : "special";
    const shared = { path: entry.path, metadata: metadata.forNew(entry), clearsDirectory };
    const action: PlainAction = kind === "link" ? { kind, target: entry.link ?? "", ...shared } : {
      kind: "special",
      mode: entry.mode,
      rdevMajor: entry.rdevMajor,
      rdevMinor: entry.rdevMinor,
      ...shared,
    };
    const shown = found !== null && (found & Difference.type) !== 0 ? null : found;
    const itemized = itemize(kind, entry.mode, shown, true);
    const line = planLine(kind, entry.path, entry, itemized, reasonFor(found), entry.link);
    this.#add(clearsDirectory ? "late" : "transfer", action, line);
  }

  /** Why an entry of this type isn't copied, if it isn't. */
  #refusalFor(entry: Entry, type: number): string | undefined {
    const { options, privileged } = this.#state.input;
    const { preserve } = options;
    if (type === FileType.link) {
      if (options.followLinks) return undefined;
      if (!preserve.links) return "symbolic links are not copied without --links";
      if (options.safeLinks && isUnsafeLink(entry.path, entry.link ?? "")) {
        return "the link points outside the copied tree (--safe-links)";
      }
      return undefined;
    }
    if (type === FileType.fifo || type === FileType.socket) {
      return preserve.specials ? undefined : "special files are not copied without --specials";
    }
    if (!preserve.devices) return "devices are not copied without --devices";
    return privileged ? undefined : "only a privileged user can make device nodes";
  }

  #changeAttributes(entry: Entry, differences: number): void {
    const { metadata } = this.#state;
    const isDirectoryEntry = isDirectory(entry.mode);
    const itemized = itemize("attributes", entry.mode, differences, true);
    this.#add(
      isDirectoryEntry ? "finish" : "transfer",
      { kind: "attributes", path: entry.path, metadata: metadata.forExisting(entry) },
      planLine("attributes", entry.path, entry, itemized, reasonFor(differences)),
    );
  }

  #visitExtraneous(destination: RowCursor): void {
    const { input, summary } = this.#state;
    const name = destination.batch.name(destination.row);
    const path = joinPath(this.#group.directory, name);
    const tag = stagedTag(name);
    if (tag !== undefined) {
      const leftover = tag === input.tag ||
        (input.options.delete && !(input.isLiveTag?.(tag) ?? true));
      if (leftover) this.#add("cleanup", { kind: "delete", path, directory: false });
      return;
    }
    if (!input.options.delete || isKept(path, name, input.options)) return;
    if (!this.#group.cursors.every((cursor) => cursor === undefined || cursor.complete)) return;
    if (this.#destination?.complete === false) return;
    const mode = destination.batch.word(destination.row, Column.mode);
    if (this.#state.filter.decide(path, isDirectory(mode)) === "exclude") return;
    if (isDirectory(mode)) this.#extraneous.push(path);
    summary.deletions++;
    this.#push(deleteItem(path, mode));
  }

  /** A directory is in the way of something else: what is in it goes, if deleting is allowed. */
  #makeRoom(destination: RowCursor): void {
    const mode = destination.batch.word(destination.row, Column.mode);
    if (!isDirectory(mode) || !this.#state.input.options.delete) return;
    this.#extraneous.push(joinPath(this.#group.directory, destination.batch.name(destination.row)));
  }

  /** Plans the deletion of everything below a destination directory. */
  async #planRemoval(directory: string): Promise<void> {
    const { input, summary } = this.#state;
    const request = {
      base: input.base,
      directories: [directory],
      recursive: true,
      filter: input.options.filter,
    };
    for await (const batch of input.destination.scanTree(request, { signal: input.signal })) {
      for (const { path, error } of batch.data.troubles) {
        summary.clean = false;
        input.onTrouble(path, error);
      }
      for (const part of batch.data.parts) {
        for (let row = part.from; row < part.to; row++) {
          summary.destinationEntries++;
          summary.deletions++;
          const path = joinPath(part.directory, batch.name(row));
          this.#push(deleteItem(path, batch.word(row, Column.mode)));
        }
      }
    }
  }

  async #compareContents(): Promise<void> {
    const undecided = this.#undecided.splice(0);
    if (undecided.length === 0) return;
    const { source, destination, base, sources, onTrouble, signal } = this.#state.input;
    const theirs = destination.hashFiles(base, undecided.map((u) => u.entry.path), { signal });
    const ours: Promise<void>[] = [];
    const hashes = new Map<Undecided, Uint8Array | undefined>();
    for (let index = 0; index < sources.length; index++) {
      const mine = undecided.filter((u) => u.source === index);
      if (mine.length === 0) continue;
      const paths = mine.map((u) => u.sourcePath);
      ours.push(
        source.hashFiles(sources[index].base, paths, { signal }).then((results) =>
          results.forEach((result, k) => {
            if (result.error) onTrouble(mine[k].sourcePath, result.error);
            else hashes.set(mine[k], result.hash);
          })
        ),
      );
    }
    const [results] = await Promise.all([theirs, ...ours]);
    undecided.forEach((u, k) => {
      const hash = hashes.get(u);
      if (hash === undefined) return; // its trouble is reported
      const there = results[k].hash;
      if (there !== undefined && equalBytes(hash, there)) {
        this.#keepFile(() => u.entry, u.differences);
      } else {this.#copy(
          u.entry,
          u.source,
          u.sourcePath,
          u.differences | Difference.content,
          u.entry.mode,
        );}
    });
  }

  async #readHeaders(): Promise<void> {
    const unclassified = this.#unclassified.splice(0);
    if (unclassified.length === 0) return;
    const { source, signal } = this.#state.input;
    for (const base of new Set(unclassified.map((u) => u.base))) {
      const mine = unclassified.filter((u) => u.base === base);
      const paths = mine.map((u) => u.path);
      const headers = await source.readHeaders(base, paths, HEADER_BYTES, { signal });
      mine.forEach(({ item, path }, k) => {
        item.priority = PRIORITY[classify(path, headers[k]).priority];
      });
    }
  }

  #skipContents(path: string): void {
    this.#state.skipped.add(path);
  }

  #add(step: SyncStep, action: PlanItem["action"], line?: PlanItem["line"]): void {
    const priority = step === "finish" ? depthOf(action.path) : PRIORITY.normal;
    this.#push({ step, action, line, priority });
  }

  #push(item: PlanItem): void {
    if (item.step !== "finish" && item.action.kind !== "attributes") this.#touched = true;
    this.#items.push(item);
  }
}

function isDirectory(mode: number): boolean {
  return (mode & FileType.mask) === FileType.directory;
}

function isRegular(cursor: RowCursor): boolean {
  return cursor.batch.isType(cursor.row, FileType.file);
}

/** Whether the row at `i` of `x` was modified after the one at `j` of `y`. */
function isNewer(x: Uint32Array, i: number, y: Uint32Array, j: number): boolean {
  const seconds = secondsOf(x, i) - secondsOf(y, j);
  return seconds > 0 || (seconds === 0 && x[i + Column.mtimeNs] > y[j + Column.mtimeNs]);
}

/** rsync's rule: absolute, or with more ".." than directories above the link in the tree. */
function isUnsafeLink(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/")) return true;
  let depth = depthOf(path) - 1;
  for (const part of target.split("/")) {
    if (part === "..") depth--;
    else if (part !== "" && part !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** Directories that hold backups and partial files are not the source's to remove. */
function isKept(path: string, name: string, options: SyncOptions): boolean {
  return path === options.backup?.directory || name === options.partial?.directory;
}
