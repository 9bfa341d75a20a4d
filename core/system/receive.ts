/** Carrying out a batch whose content is packed elsewhere, with an executor's file workers. */
import { fromErrorData, OrbitError } from "#core/errors.ts";
import { abortable } from "./abortable.ts";
import type { Executor } from "./executor.ts";
import { type ParcelFile, readParcel, torn } from "./parcel/format.ts";
import type { PackItem, PackSource } from "./parcel/request.ts";
import { checkEntryPath } from "./relative_path.ts";
import { settle } from "./settle.ts";
import type {
  Action,
  ActionResult,
  CopyAction,
  LargeCheckpoint,
  PlainAction,
  TransferOptions,
  TransferRequest,
} from "./system.ts";
import { LARGE_BYTES } from "./work/large.ts";
import { type LargeReceipt, segmentOf } from "./work/receive_large.ts";
import { atSource, blameSource, changed } from "./work/source_trouble.ts";

/** How often a file that changes while it is sent is sent again. */
const CHANGE_TRIES = 3;

/** Segments of one file that are fetched at the same time, so that a distant source keeps busy. */
const SEGMENT_LANES = 4;

/** Carries out a batch, fetching content from the source. Results are in the actions' order. */
export async function receive(
  executor: Executor,
  source: PackSource,
  request: TransferRequest,
  options: TransferOptions = {},
): Promise<ActionResult[]> {
  options.signal?.throwIfAborted();
  const results = await new Receiving(executor, source, request, options).run();
  options.signal?.throwIfAborted();
  return results;
}

class Receiving {
  readonly #executor: Executor;
  readonly #source: PackSource;
  readonly #request: TransferRequest;
  readonly #options: TransferOptions;
  readonly #results: ActionResult[];

  constructor(
    executor: Executor,
    source: PackSource,
    request: TransferRequest,
    options: TransferOptions,
  ) {
    this.#executor = executor;
    this.#source = source;
    this.#request = request;
    this.#options = options;
    this.#results = new Array(request.actions.length);
  }

  /** In the order of the batch, in which one action may need another before it. */
  async run(): Promise<ActionResult[]> {
    const { actions } = this.#request;
    for (let from = 0; from < actions.length;) {
      const kind = kindOf(actions[from]);
      let to = from + 1;
      while (to < actions.length && kindOf(actions[to]) === kind) to++;
      const run = Array.from({ length: to - from }, (_, i) => from + i);
      if (kind === "plain") await this.#perform(run);
      else if (kind === "small") await this.#receiveSmall(run);
      else for (const index of run) await this.#settled(index, () => this.#receiveLarge(index));
      from = to;
    }
    return this.#results;
  }

  async #perform(indices: number[]): Promise<void> {
    const { base, actions, options } = this.#request;
    const chosen = indices.map((index) => actions[index] as PlainAction);
    const results = await this.#executor.call("perform", base, chosen, options);
    indices.forEach((index, k) => this.#results[index] = results[k]);
  }

  async #settled(index: number, run: () => Promise<ActionResult>): Promise<void> {
    this.#results[index] = await settle(this.#options.signal, run);
  }

  async #receiveSmall(indices: number[]): Promise<void> {
    let left = indices.filter((index) => this.#isSound(index));
    for (let tries = 1; left.length > 0; tries++) {
      await this.#unpack(left);
      left = tries < CHANGE_TRIES ? left.filter((index) => this.#hasChanged(index)) : [];
    }
  }

  /** Paths that can't be are told before anything is asked of the source. */
  #isSound(index: number): boolean {
    try {
      this.#check(this.#copy(index));
      return true;
    } catch (error) {
      const { code, message, detail } = error as OrbitError;
      this.#results[index] = { bytes: 0, verified: 0, error: { code, message, detail } };
      return false;
    }
  }

  #check({ path, sourcePath }: CopyAction): void {
    checkEntryPath(path);
    atSource(() => checkEntryPath(sourcePath));
    if (!this.#request.options.inplace) return;
    const reason = "writing in place needs both ends on one machine";
    throw new OrbitError("unsupported", `copy ${JSON.stringify(path)}: ${reason}`);
  }

  #hasChanged(index: number): boolean {
    return this.#results[index].error?.detail.errno === "ECHANGED";
  }

  /** One stream of parcels for all of them. */
  async #unpack(indices: number[]): Promise<void> {
    const { base, options } = this.#request;
    const { signal } = this.#options;
    const actions = indices.map((index) => this.#copy(index));
    const work = this.#executor.open("unpack", base, actions, options);
    const note = (unpacked: { index: number; result: ActionResult }[]) => {
      for (const { index, result } of unpacked) {
        this.#results[indices[index]] = result;
        if (result.error === undefined) this.#options.onBytes?.(result.bytes, result.verified);
      }
    };
    try {
      await work.next();
      for await (const parcel of this.#pack(actions.map(wholeOf))) {
        const step = await work.next(parcel);
        note(step.value ?? []);
      }
      const end = await work.next();
      note(end.value ?? []);
    } catch (error) {
      signal?.throwIfAborted();
      const { code, message, detail } = asOrbit(error);
      for (const index of indices) {
        this.#results[index] ??= { bytes: 0, verified: 0, error: { code, message, detail } };
      }
    } finally {
      await work.close();
    }
  }

  async #receiveLarge(index: number): Promise<ActionResult> {
    const action = this.#copy(index);
    this.#check(action);
    const { base, options } = this.#request;
    let checkpoint = this.#options.checkpoints?.get(index);
    for (let tries = 1;; tries++) {
      this.#options.signal?.throwIfAborted();
      const file = await this.#lookAt(action);
      const receipt = await this.#executor.call(
        "beginReceipt",
        base,
        action,
        options,
        file,
        checkpoint,
      );
      try {
        return await this.#receiveSegments(receipt, index);
      } catch (error) {
        const keeps = options.keepPartial && (this.#options.signal?.aborted || isPassing(error));
        if (!keeps) await this.#executor.call("discard", base, [receipt.checkpoint.staged]);
        checkpoint = undefined;
        const isChanging = error instanceof OrbitError && error.detail.errno === "ECHANGED";
        if (!isChanging || this.#options.signal?.aborted || tries === CHANGE_TRIES) throw error;
      }
    }
  }

  async #receiveSegments(receipt: LargeReceipt, index: number): Promise<ActionResult> {
    const { checkpoint, file, action } = receipt;
    const total: ActionResult = { bytes: 0, verified: 0, resumed: 0, size: file.size };
    const count = Math.ceil(file.size / checkpoint.segmentBytes);
    let next = 0;
    const receiveNext = async () => {
      const segment = next++;
      this.#options.signal?.throwIfAborted();
      const done = await this.#executor.call("recallSegment", receipt, segment) ??
        await this.#receiveSegment(receipt, segment);
      checkpoint.segments[segment] = done.hash;
      total.bytes += done.bytes;
      total.verified += done.verified;
      total.resumed! += done.resumed ?? 0;
      this.#options.onBytes?.(done.bytes, done.verified);
      this.#options.onCheckpoint?.(index, snapshot(checkpoint));
    };
    const work = async () => {
      try {
        while (next < count) await receiveNext();
      } finally {
        next = count; // after a failure the others only end what they are at
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: SEGMENT_LANES }, work));
    const failed = lanes.find((lane) => lane.status === "rejected");
    if (failed) throw failed.reason;
    const now = await this.#lookAt(action);
    if (now.version !== file.version) throw changed(action.sourcePath);
    await this.#executor.call("finishReceipt", receipt);
    return total;
  }

  async #receiveSegment(receipt: LargeReceipt, segment: number) {
    const { action } = receipt;
    const work = this.#executor.open("receiveSegment", receipt, segment);
    try {
      await work.next();
      const item = { ...wholeOf(action), ...segmentOf(receipt, segment) };
      for await (const parcel of this.#pack([item])) await work.next(parcel);
      const end = await work.next();
      if (!end.done) throw new OrbitError("internal", "receive segment: no result");
      return end.value;
    } finally {
      await work.close();
    }
  }

  /** The source's file as it is now. */
  async #lookAt(action: CopyAction): Promise<ParcelFile> {
    for await (const parcel of this.#pack([{ ...wholeOf(action), length: 0 }])) {
      for (const record of readParcel(parcel)) {
        if (record.kind === "open") return record.file;
        if (record.kind === "fail") throw fromErrorData(record.error);
      }
    }
    throw torn("the source told nothing of the file");
  }

  async *#pack(items: PackItem[]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { signal, pace } = this.#options;
    const { sources, options: { followLinks } } = this.#request;
    try {
      const parcels = this.#source.pack({ sources, items, followLinks }, { signal });
      for await (const parcel of parcels) {
        if (pace !== undefined) await abortable(signal, pace(parcel.length));
        yield parcel;
      }
    } catch (error) {
      throw blameSource(error);
    }
  }

  #copy(index: number): CopyAction {
    return this.#request.actions[index] as CopyAction;
  }
}

/** How an action is carried out. */
function kindOf(action: Action): "plain" | "small" | "large" {
  if (action.kind !== "copy") return "plain";
  return action.size >= LARGE_BYTES ? "large" : "small";
}

function wholeOf({ source, sourcePath }: CopyAction): PackItem {
  return { source, path: sourcePath };
}

/** Whether what happened may pass, so that what was verified is worth keeping. */
function isPassing(error: unknown): boolean {
  return error instanceof OrbitError && error.detail.retryable === true;
}

function asOrbit(error: unknown): OrbitError {
  if (error instanceof OrbitError) return error;
  throw error;
}

function snapshot(checkpoint: LargeCheckpoint): LargeCheckpoint {
  return { ...checkpoint, segments: { ...checkpoint.segments } };
}
