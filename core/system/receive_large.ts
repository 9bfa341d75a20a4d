/** Receiving one large file in segments, several at a time; an interrupted one goes on. */
import { fromErrorData, OrbitError } from "#core/errors.ts";
import { Nearby } from "./delta/nearby.ts";
import { patchSegment, recallPatched } from "./delta/patch_segment.ts";
import type { MatchedRecipe } from "./delta/match.ts";
import { planDelta } from "./delta/plan.ts";
import { DeltaSegments } from "./delta/segments.ts";
import { type ParcelFile, readParcel, torn } from "./parcel/format.ts";
import type { PackItem } from "./parcel/request.ts";
import type { Reception } from "./reception.ts";
import type { ActionResult, CopyAction } from "./system.ts";
import type { SegmentResult } from "./work/large.ts";
import { type LargeReceipt, segmentOf } from "./work/receive_large.ts";
import { changed } from "./work/source_trouble.ts";

/** How often a file that changes while it is sent is begun again. */
const CHANGE_TRIES = 3;

/** Segments that are fetched at the same time, so that a distant source keeps busy. */
const SEGMENT_LANES = 4;

/** The same when a limit keeps them waiting: what comes early is lost when one of the two dies. */
const PACED_LANES = 2;

/** Receives a file; `index` is its action's in the batch. */
export async function receiveLarge(
  reception: Reception,
  action: CopyAction,
  index: number,
): Promise<ActionResult> {
  const { executor, request: { base, options }, options: { signal, checkpoints } } = reception;
  let checkpoint = checkpoints?.get(index);
  for (let tries = 1;; tries++) {
    signal?.throwIfAborted();
    const file = await lookAt(reception, action);
    const args = [base, action, options, file, checkpoint] as const;
    const receipt = await executor.call("beginReceipt", ...args);
    try {
      return await new LargeReception(reception, receipt, index).run();
    } catch (error) {
      const isChanging = error instanceof OrbitError && error.detail.errno === "ECHANGED";
      const isOfUse = signal?.aborted || isPassing(error) && !isChanging;
      if (!options.keepPartial || !isOfUse) await abandon(reception, receipt);
      checkpoint = undefined;
      if (!isChanging || signal?.aborted || tries === CHANGE_TRIES) throw error;
    }
  }
}

/** Removes the staged file on the way out of an error, whose cause matters more. */
async function abandon({ executor }: Reception, receipt: LargeReceipt): Promise<void> {
  try {
    await executor.call("abandonReceipt", receipt);
  } catch {
    // A leftover is removed by the next run; the error that led here is the one to report.
  }
}

/** Whether what happened may pass, so that what was verified is worth keeping. */
function isPassing(error: unknown): boolean {
  return error instanceof OrbitError && error.detail.retryable === true;
}

/** The source's file as it is now. */
async function lookAt(reception: Reception, action: CopyAction): Promise<ParcelFile> {
  for await (const parcel of reception.pack([{ ...itemOf(action), length: 0 }])) {
    for (const record of readParcel(parcel)) {
      if (record.kind === "open") return record.file;
      if (record.kind === "fail") throw fromErrorData(record.error);
      throw torn("content comes without a file");
    }
  }
  throw torn("the source told nothing of the file");
}

function itemOf({ source, sourcePath }: CopyAction): PackItem {
  return { source, path: sourcePath };
}

/** A file of which the staged one was made. */
class LargeReception {
  readonly #total: ActionResult;
  /** When only what differs is fetched. */
  #delta: DeltaSegments | undefined;
  readonly #nearby: Nearby;

  constructor(
    readonly reception: Reception,
    readonly receipt: LargeReceipt,
    readonly index: number,
  ) {
    this.#nearby = new Nearby(reception);
    this.#total = { bytes: 0, verified: 0, resumed: 0, size: receipt.file.size };
  }

  /** Receives all segments, until one fails, and gives the file its name. */
  async run(): Promise<ActionResult> {
    const { reception, receipt: { file, checkpoint, action } } = this;
    const recipe = await this.#plan();
    if (recipe !== undefined) this.#delta = new DeltaSegments(recipe, checkpoint.segmentBytes);
    const count = Math.ceil(file.size / checkpoint.segmentBytes);
    let next = 0;
    const work = async () => {
      try {
        while (next < count) await this.#receive(next++);
      } finally {
        next = count; // after a failure the others only end what they are at
      }
    };
    const length = reception.options.pace === undefined ? SEGMENT_LANES : PACED_LANES;
    const lanes = await Promise.allSettled(Array.from({ length }, work));
    const failed = lanes.find((lane) => lane.status === "rejected");
    if (failed) throw failed.reason;
    const now = await lookAt(reception, action);
    if (now.version !== file.version) throw changed(action.sourcePath);
    await reception.executor.call("finishReceipt", this.#slim());
    return this.#total;
  }

  /** The chunks that the file is made of, or undefined when it is fetched as it is. */
  async #plan(): Promise<MatchedRecipe | undefined> {
    const { reception, receipt: { file, checkpoint, action } } = this;
    const [known] = Object.keys(checkpoint.segments).map(Number);
    if (known !== undefined && await this.#recall(known) !== undefined) return undefined;
    const found = await planDelta(reception, action, file) ??
      await this.#nearby.plan(action, file);
    if (found !== undefined || known === undefined) return found;
    // What was verified before lies between chunks, whoever had them then.
    return await this.#nearby.recipe(action, file);
  }

  async #receive(segment: number): Promise<void> {
    const { reception, receipt: { checkpoint } } = this;
    reception.options.signal?.throwIfAborted();
    const done = await this.#recall(segment) ?? await this.#fetch(segment);
    checkpoint.segments[segment] = done.hash;
    this.#total.bytes += done.bytes;
    this.#total.verified += done.verified;
    this.#total.resumed! += done.resumed ?? 0;
    if (done.matched !== undefined) this.#total.matched = (this.#total.matched ?? 0) + done.matched;
    reception.moved(done);
    const snapshot = { ...checkpoint, segments: { ...checkpoint.segments } };
    reception.options.onCheckpoint?.(this.index, snapshot);
  }

  async #recall(segment: number): Promise<SegmentResult | undefined> {
    const { reception: { executor }, receipt: { checkpoint } } = this;
    const known = checkpoint.segments[segment];
    if (known === undefined) return undefined;
    if (this.#delta !== undefined) {
      return await recallPatched(executor, this.#slim(), this.#delta.chunks(segment), known);
    }
    return await executor.call("recallSegment", this.#slim(segment), segment);
  }

  async #fetch(segment: number): Promise<SegmentResult> {
    const { reception, receipt } = this;
    if (this.#delta !== undefined) {
      const chunks = this.#delta.chunks(segment);
      const parts = {
        ...{ reception, receipt: this.#slim(), nearby: this.#nearby },
        item: itemOf(receipt.action),
      };
      return await patchSegment(parts, chunks);
    }
    const work = reception.executor.open("receiveSegment", this.#slim(), segment);
    const item = { ...itemOf(receipt.action), ...segmentOf(receipt, segment) };
    return await reception.pour([item], work);
  }

  /** The receipt as a worker needs it: of what has been verified no more than one segment. */
  #slim(segment?: number): LargeReceipt {
    const { checkpoint } = this.receipt;
    const known = segment === undefined ? {} : { [segment]: checkpoint.segments[segment] };
    return { ...this.receipt, checkpoint: { ...checkpoint, segments: known } };
  }
}
