/** Making files of chunks that the destination has and of ranges that arrive, a batch at a time. */
import { type ErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import type { MatchedChunks } from "../delta/match.ts";
import { type ParcelFile, type ParcelRecord, readParcel, torn } from "../parcel/format.ts";
import type { ActionOptions, ActionResult, CopyAction } from "../system.ts";
import { readFromDisk } from "./content.ts";
import type { WorkContext } from "./context.ts";
import { checkPassedOver } from "./growth.ts";
import { finishTarget, NewFile } from "./new_file.ts";
import { ArrivingPiece, copyKnown, type FileRange, findBad, openBasis, unplaced } from "./patch.ts";
import { changed } from "./source_trouble.ts";

/** A file that the destination has an older one of. */
export interface PatchedFile {
  action: CopyAction;
  /** The source's file as it was when its chunks were told. */
  file: ParcelFile;
  chunks: MatchedChunks;
  /** What is fetched: never nothing, so that it shows whether the file is still the same. */
  ranges: FileRange[];
}

/** Files whose ranges come in one stream of parcels, in order. */
export interface PatchBatch {
  base: string;
  options: ActionOptions;
  files: PatchedFile[];
}

/**
 * Makes the files of a batch from the parcels given to `next`; `undefined` ends them. Gives the
 * results of the files that each parcel completed, in order.
 *
 * A file appears under its name only when all that was written reads back with the hashes that its
 * source told.
 */
export function* patch(
  context: WorkContext,
  batch: PatchBatch,
): Generator<ActionResult[], ActionResult[], Uint8Array<ArrayBuffer> | undefined> {
  using patching = new Patching(context, batch);
  let results: ActionResult[] = [];
  for (;;) {
    context.closeTrees();
    const parcel = yield results;
    if (parcel === undefined) return patching.end(torn("it ended too early"));
    try {
      results = patching.take(parcel);
    } catch (error) {
      return patching.end(error);
    }
  }
}

class Patching implements Disposable {
  #results: ActionResult[] = [];
  /** Numbers of the file that is at work or next, of its range, and of that among all. */
  #file = 0;
  #range = 0;
  #item = 0;
  #current: PatchingFile | undefined;
  #isOpen = false;

  constructor(readonly context: WorkContext, readonly batch: PatchBatch) {}

  take(parcel: Uint8Array<ArrayBuffer>): ActionResult[] {
    for (const record of readParcel(parcel)) {
      this.context.checkCancelled();
      this.context.limitTrees();
      this.#record(record);
    }
    return this.#results.splice(0);
  }

  /** Results for the files that weren't completed, because of `trouble`. */
  end(trouble: unknown): ActionResult[] {
    const error = toErrorData(trouble);
    const missing = this.batch.files.length - this.#file;
    for (let i = 0; i < missing; i++) this.#results.push({ bytes: 0, verified: 0, error });
    return this.#results.splice(0);
  }

  #record(record: ParcelRecord): void {
    const file = this.batch.files[this.#file];
    if (file === undefined || record.index !== this.#item) throw torn("more than was asked for");
    if (record.kind === "open" ? this.#isOpen : !this.#isOpen && record.kind !== "fail") {
      throw torn("a file is opened within another, or not at all");
    }
    this.#isOpen = record.kind !== "close" && record.kind !== "fail";
    this.#current ??= new PatchingFile(this.context, this.batch, file);
    this.#current.passOver(record);
    this.#current.take(record, file.ranges[this.#range]);
    if (record.kind !== "close" && record.kind !== "fail") return;
    this.#item++;
    if (++this.#range < file.ranges.length) return;
    using current = this.#current;
    this.#current = undefined;
    this.#range = 0;
    this.#file++;
    this.#results.push(current.finish());
  }

  [Symbol.dispose](): void {
    this.#current?.[Symbol.dispose]();
    this.context.closeTrees();
  }
}

/** A file that is being made. Trouble with it is its own. */
class PatchingFile implements Disposable {
  #error: ErrorData | undefined;
  #passedOver = 0;
  #target: NewFile | undefined;
  #piece: ArrivingPiece | undefined;

  constructor(
    readonly context: WorkContext,
    readonly batch: PatchBatch,
    readonly patched: PatchedFile,
  ) {
    this.#attempt(() => this.#begin());
  }

  /** Counts what isn't taken any more. @throws when it doesn't end, which isn't its trouble alone. */
  passOver(record: ParcelRecord): void {
    if (this.#error === undefined) return;
    if (record.kind === "data") this.#passedOver += record.bytes.length;
    else if (record.kind === "zeros") this.#passedOver += record.length;
    else if (record.kind === "chunks") throw torn("chunks come where content was asked for");
    checkPassedOver(this.#passedOver);
  }

  take(record: ParcelRecord, range: FileRange): void {
    if (record.kind === "fail") return void (this.#error ??= record.error);
    this.#attempt(() => {
      const { file, action } = this.patched;
      if (record.kind === "open") {
        if (record.file.version !== file.version) throw changed(action.sourcePath);
        this.#piece = new ArrivingPiece(this.#target!.file, range, true);
      } else if (this.#piece === undefined) throw torn("content comes without a file");
      else this.#piece.take(record);
      if (record.kind === "close") this.#piece = undefined;
    });
  }

  /** Reads all of it back, and gives it its name. */
  finish(): ActionResult {
    let result: ActionResult | undefined;
    this.#attempt(() => result = this.#publish());
    return result ?? { bytes: 0, verified: 0, error: this.#error! };
  }

  /** An empty file, and in it what the destination has. */
  #begin(): void {
    const { context, batch: { base, options }, patched: { action, file, chunks } } = this;
    this.#target = new NewFile(context, base, action, options);
    using basis = openBasis(context.tree(base), action.path);
    const holes = options.sparse || file.hasHoles;
    const lost = copyKnown(context, basis, this.#target.file, chunks, holes);
    if (lost.length > 0) throw basisChanged(action.path);
  }

  #publish(): ActionResult {
    const { context, batch: { options }, patched: { action, file, chunks, ranges } } = this;
    const target = this.#target!;
    target.file.truncate(file.size);
    if (options.fsync) readFromDisk(target.file);
    const fetched = options.fsync ? undefined : unplaced(chunks);
    const bad = findBad(context, target.file, chunks, fetched);
    if (bad.length > 0) throw basisChanged(action.path);
    finishTarget(target.file, file, action, options);
    target.publish();
    const { size } = file;
    const sent = ranges.reduce((sum, { length }) => sum + length, 0);
    return { bytes: size, verified: options.verify ? size : 0, size, matched: size - sent };
  }

  #attempt(act: () => void): void {
    if (this.#error !== undefined) return;
    try {
      act();
    } catch (error) {
      this.#error = toErrorData(error);
      this[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    this.#target?.[Symbol.dispose]();
    this.#target = undefined;
  }
}

/** The destination's file isn't any more what it was when it was looked at: all has to be fetched. */
function basisChanged(path: string): OrbitError {
  return new OrbitError(
    "conflict",
    `copy ${JSON.stringify(path)}: what it replaces changed meanwhile`,
    { detail: { path, errno: "ECHANGED", side: "destination", retryable: true } },
  );
}
