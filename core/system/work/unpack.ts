/** Making files of the parcels that another worker packed. */
import { equalBytes } from "#core/hash/mod.ts";
import { type ErrorData, fromErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import { type ParcelFile, type ParcelRecord, readParcel, torn } from "../parcel/format.ts";
import type { ActionOptions, ActionResult, CopyAction } from "../system.ts";
import { verifyRange, writeAroundZeros } from "./content.ts";
import type { WorkContext } from "./context.ts";
import { finishTarget } from "./copy.ts";
import { NewFile } from "./new_file.ts";
import { Content } from "./pack.ts";

/** What became of the action of that number. */
export interface UnpackedFile {
  index: number;
  result: ActionResult;
}

/**
 * Makes the files of `actions`, in their order, from the parcels given to `next`; `undefined` ends
 * them. Gives the results of the files that each parcel completed.
 *
 * A file appears under its name only when what arrived has the hash that its source told and, with
 * `verify`, what was written reads back the same.
 */
export function* unpack(
  context: WorkContext,
  base: string,
  actions: CopyAction[],
  options: ActionOptions,
): Generator<UnpackedFile[], UnpackedFile[], Uint8Array<ArrayBuffer> | undefined> {
  using unpacking = new Unpacking(context, base, actions, options);
  let results: UnpackedFile[] = [];
  for (;;) {
    context.closeTrees();
    const parcel = yield results;
    if (parcel === undefined) return unpacking.rest();
    results = unpacking.take(parcel);
  }
}

class Unpacking implements Disposable {
  readonly #context: WorkContext;
  readonly #base: string;
  readonly #actions: readonly CopyAction[];
  readonly #options: ActionOptions;
  #results: UnpackedFile[] = [];
  /** The number of the file that is next to be opened. */
  #next = 0;
  #current: ArrivingFile | undefined;

  constructor(
    context: WorkContext,
    base: string,
    actions: readonly CopyAction[],
    options: ActionOptions,
  ) {
    this.#context = context;
    this.#base = base;
    this.#actions = actions;
    this.#options = options;
  }

  take(parcel: Uint8Array<ArrayBuffer>): UnpackedFile[] {
    for (const record of readParcel(parcel)) {
      this.#context.checkCancelled();
      this.#context.limitTrees();
      this.#record(record);
    }
    // What wasn't completed must not refer to the parcel any more.
    this.#attempt(() => this.#current?.settle());
    return this.#results.splice(0);
  }

  /** Results for the files that never came. */
  rest(): UnpackedFile[] {
    const missing = torn("it ended too early");
    if (this.#current !== undefined) this.#end({ error: toErrorData(missing) });
    while (this.#next < this.#actions.length) {
      this.#results.push(failed(this.#next++, toErrorData(missing)));
    }
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
      this.#results.push(failed(index, record.error));
      return;
    }
    const current = this.#current;
    if (current === undefined) throw torn("content comes without a file");
    this.#expect(index, current.index);
    if (kind === "fail") this.#end({ error: record.error });
    else if (kind === "close") this.#end({ hash: record.hash });
    else if (kind === "data") this.#attempt(() => current.add(record.bytes));
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
    const { index } = current;
    let error = current.error ?? ("error" in how ? how.error : undefined);
    try {
      if (error === undefined && "hash" in how) {
        return void this.#results.push({ index, result: current.finish(how.hash) });
      }
    } catch (thrown) {
      error = toErrorData(thrown);
    }
    this.#results.push(failed(index, error!));
  }

  [Symbol.dispose](): void {
    this.#current?.[Symbol.dispose]();
    this.#context.closeTrees();
  }
}

function failed(index: number, error: ErrorData): UnpackedFile {
  return { index, result: { bytes: 0, verified: 0, error } };
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
  readonly #content: Content;
  #made: NewFile | undefined;
  #bytes = 0;

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
    this.#options = { ...options, sparse: options.sparse || facts.hasHoles };
    this.#content = new Content(context);
  }

  add(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bound(bytes.length);
    const { file } = this.#make();
    if (this.#options.sparse) writeAroundZeros(file, bytes, this.#bytes);
    else file.write(bytes, this.#bytes);
    this.#content.add(bytes);
    this.#bytes += bytes.length;
  }

  addZeros(length: number): void {
    this.#bound(length);
    this.#make();
    this.#content.addZeros(length);
    this.#bytes += length;
  }

  /** The parcel that the last piece lies in is about to go. */
  settle(): void {
    this.#content.settle();
  }

  finish(told: Uint8Array): ActionResult {
    const { size } = this.#facts;
    const hash = this.#content.digest();
    if (this.#bytes !== size || !equalBytes(hash, told)) throw differs(this.#action.path);
    const made = this.#make();
    made.file.truncate(size);
    finishTarget(made.file, this.#facts, this.#action, this.#options);
    const { verify, fsync } = this.#options;
    if (verify) {
      const { path } = this.#action;
      verifyRange(this.#context, made.file, 0, { bytes: size, hash }, path, fsync);
    }
    made.publish();
    return { bytes: size, verified: verify ? size : 0, size };
  }

  /** A source that never ends must not fill the disk. */
  #bound(length: number): void {
    if (this.#bytes + length > this.#facts.size) throw torn("a file is longer than it was told");
  }

  #make(): NewFile {
    return this.#made ??= new NewFile(this.#context, this.#base, this.#action, this.#options);
  }

  [Symbol.dispose](): void {
    this.#made?.[Symbol.dispose]();
    this.#made = undefined;
  }
}

/** The error for content that isn't what its source has. */
export function differs(path: string): OrbitError {
  return fromErrorData({
    code: "corrupt",
    message: `copy ${JSON.stringify(path)}: what arrived is not what was sent`,
    detail: { path, side: "destination", retryable: true },
  });
}
