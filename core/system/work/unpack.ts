/** Making files of the parcels that another worker packed. */
import { type ErrorData, toErrorData } from "#core/errors.ts";
import { type ParcelFile, type ParcelRecord, readParcel, torn } from "../parcel/format.ts";
import {
  type PackedResults,
  type PackedTransfer,
  packResults,
  unpackTransfer,
} from "../packed_transfer.ts";
import type { ActionOptions, ActionResult, CopyAction, TransferRequest } from "../system.ts";
import { ArrivingRange } from "./arriving.ts";
import type { WorkContext } from "./context.ts";
import { checkGrowth, checkPassedOver } from "./growth.ts";
import { finishTarget, NewFile } from "./new_file.ts";

/**
 * Makes the files of a batch of copies, in their order, from the parcels given to `next`;
 * `undefined` ends them. Gives the results of the files that each parcel completed, in order; what
 * can't be a parcel ends all.
 *
 * A file appears under its name only when what arrived has the hash that its source told and, with
 * `verify`, what was written reads back the same.
 */
export function* unpack(
  context: WorkContext,
  batch: PackedTransfer,
): Generator<PackedResults, PackedResults, Uint8Array<ArrayBuffer> | undefined> {
  using unpacking = new Unpacking(context, unpackTransfer(batch));
  let results = packResults([]);
  for (;;) {
    context.closeTrees();
    const parcel = yield results;
    if (parcel === undefined) return packResults(unpacking.end(torn("it ended too early")));
    try {
      results = packResults(unpacking.take(parcel));
    } catch (error) {
      return packResults(unpacking.end(error));
    }
  }
}

class Unpacking implements Disposable {
  readonly #context: WorkContext;
  readonly #base: string;
  readonly #actions: readonly CopyAction[];
  readonly #options: ActionOptions;
  #results: ActionResult[] = [];
  /** The number of the file that is next to be opened. */
  #next = 0;
  #current: ArrivingFile | undefined;

  constructor(context: WorkContext, { base, actions, options }: TransferRequest) {
    this.#context = context;
    this.#base = base;
    this.#actions = actions as CopyAction[];
    this.#options = options;
  }

  take(parcel: Uint8Array<ArrayBuffer>): ActionResult[] {
    for (const record of readParcel(parcel)) {
      this.#context.checkCancelled();
      this.#context.limitTrees();
      this.#record(record);
    }
    // What wasn't completed must not refer to the parcel any more.
    this.#attempt(() => this.#current?.settle());
    return this.#results.splice(0);
  }

  /** Results for the files that didn't come, because of `trouble`. */
  end(trouble: unknown): ActionResult[] {
    const error = toErrorData(trouble);
    if (this.#current !== undefined) this.#end({ error });
    for (; this.#next < this.#actions.length; this.#next++) this.#results.push(failed(error));
    return this.#results.splice(0);
  }

  #record(record: ParcelRecord): void {
    const { kind, index } = record;
    if (kind === "open") {
      if (this.#current !== undefined) throw torn("a file is opened within another");
      this.#expect(index, this.#next);
      this.#open(index, record.file);
      return;
    }
    if (kind === "fail" && this.#current === undefined) {
      this.#expect(index, this.#next);
      this.#next++;
      this.#results.push(failed(record.error));
      return;
    }
    const current = this.#current;
    if (current === undefined) throw torn("content comes without a file");
    this.#expect(index, current.index);
    current.passOver(record);
    if (kind === "fail") this.#end({ error: record.error });
    else if (kind === "close") this.#end({ hash: record.hash });
    else if (kind === "data") this.#attempt(() => current.add(record.bytes));
    else if (kind === "chunks") throw torn("chunks come where content was asked for");
    else this.#attempt(() => current.addZeros(record.length));
  }

  #expect(index: number, expected: number): void {
    if (index !== expected || index >= this.#actions.length) {
      throw torn(`file ${index} comes where ${expected} of ${this.#actions.length} is due`);
    }
  }

  #open(index: number, file: ParcelFile): void {
    this.#next++;
    const action = this.#actions[index];
    this.#current = new ArrivingFile(this.#context, this.#base, index, action, file, this.#options);
    this.#attempt(() => checkGrowth(file.size, action));
  }

  /** Trouble with one file is that file's; the others go on. */
  #attempt(act: () => void): void {
    const current = this.#current;
    if (current === undefined || current.error !== undefined) return;
    try {
      act();
    } catch (error) {
      current.error = toErrorData(error);
      current[Symbol.dispose]();
    }
  }

  #end(how: { hash: Uint8Array } | { error: ErrorData }): void {
    const current = this.#current!;
    this.#current = undefined;
    using _file = current;
    let error = current.error ?? ("error" in how ? how.error : undefined);
    try {
      if (error === undefined && "hash" in how) {
        return void this.#results.push(current.finish(how.hash));
      }
    } catch (thrown) {
      error = toErrorData(thrown);
    }
    this.#results.push(failed(error!));
  }

  [Symbol.dispose](): void {
    this.#current?.[Symbol.dispose]();
    this.#context.closeTrees();
  }
}

function failed(error: ErrorData): ActionResult {
  return { bytes: 0, verified: 0, error };
}

/** A file whose content is arriving. */
class ArrivingFile implements Disposable {
  /** Why it can't be made; what still comes of it is passed over. */
  error: ErrorData | undefined;
  readonly #context: WorkContext;
  readonly #base: string;
  readonly #action: CopyAction;
  readonly #facts: ParcelFile;
  readonly #options: ActionOptions;
  #made: { target: NewFile; range: ArrivingRange } | undefined;
  #passedOver = 0;

  constructor(
    context: WorkContext,
    base: string,
    readonly index: number,
    action: CopyAction,
    facts: ParcelFile,
    options: ActionOptions,
  ) {
    this.#context = context;
    this.#base = base;
    this.#action = action;
    this.#facts = facts;
    this.#options = options;
  }

  /** Counts what isn't taken any more. @throws when it doesn't end, which isn't its trouble alone. */
  passOver(record: ParcelRecord): void {
    if (this.error === undefined) return;
    if (record.kind === "data") this.#passedOver += record.bytes.length;
    else if (record.kind === "zeros") this.#passedOver += record.length;
    checkPassedOver(this.#passedOver);
  }

  add(bytes: Uint8Array<ArrayBuffer>): void {
    this.#make().range.add(bytes);
  }

  addZeros(length: number): void {
    this.#make().range.addZeros(length);
  }

  /** The parcel that the last piece lies in is about to go. */
  settle(): void {
    this.#made?.range.settle();
  }

  /** @param told The hash that the source told. */
  finish(told: Uint8Array): ActionResult {
    const { size } = this.#facts;
    const { verify } = this.#options;
    const { target, range } = this.#make();
    if (range.isComplete && range.hasGaps) target.file.truncate(size);
    range.check(told);
    finishTarget(target.file, this.#facts, this.#action, this.#options);
    target.publish();
    return { bytes: size, verified: verify ? size : 0, size };
  }

  #make() {
    return this.#made ??= this.#begin();
  }

  #begin() {
    const target = new NewFile(this.#context, this.#base, this.#action, this.#options);
    const { sparse, verify, fsync } = this.#options;
    const range = new ArrivingRange(this.#context, {
      ...{ file: target.file, path: this.#action.path, offset: 0, length: this.#facts.size },
      ...{ isEmpty: true, holes: sparse || this.#facts.hasHoles, verify, fromDisk: fsync },
    });
    return { target, range };
  }

  [Symbol.dispose](): void {
    this.#made?.target[Symbol.dispose]();
    this.#made = undefined;
  }
}
