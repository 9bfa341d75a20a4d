/**
 * Making one large file of parcels in segments, so that several workers and connections share it
 * and an interrupted one goes on: `begin`, any number of segments in any order, then `finish`.
 */
import { equalBytes, fromHex, toHex } from "#core/hash/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { FileHandle } from "../disk.ts";
import { type ParcelFile, readParcel, torn } from "../parcel/format.ts";
import { parentOf } from "../relative_path.ts";
import type { ActionOptions, CopyAction, LargeCheckpoint } from "../system.ts";
import { hashRange, verifyRange, writeAroundZeros } from "./content.ts";
import type { WorkContext } from "./context.ts";
import { finishTarget, publish } from "./copy.ts";
import { prepareStaged, removeIfEmpty, SEGMENT_BYTES, type SegmentResult } from "./large.ts";
import { Content } from "./pack.ts";
import { changed } from "./source_trouble.ts";
import { isRegular, stagedPath } from "./staging.ts";
import { differs } from "./unpack.ts";

/** A large file on its way; plain data, handed back with every call. */
export interface LargeReceipt {
  base: string;
  action: CopyAction;
  options: ActionOptions;
  /** The source's file as it was when it began. */
  file: ParcelFile;
  /** The staged file was empty when it began. */
  fresh: boolean;
  /** What has been verified before; grows as segments are done. */
  checkpoint: LargeCheckpoint;
}

/** Makes the staged file, or takes up an earlier attempt's when it is still of use. */
export function beginReceipt(
  context: WorkContext,
  base: string,
  action: CopyAction,
  options: ActionOptions,
  file: ParcelFile,
  earlier: LargeCheckpoint | undefined,
): LargeReceipt {
  const tree = context.tree(base);
  const staged = stagedPath(action.path, options.tag, options.partialDirectory);
  const usable = earlier !== undefined && earlier.sourceVersion === file.version &&
    earlier.segmentBytes === SEGMENT_BYTES && earlier.staged === staged && isRegular(tree, staged);
  prepareStaged(tree, staged, file.size, !usable);
  const checkpoint = usable
    ? earlier
    : { sourceVersion: file.version, staged, segmentBytes: SEGMENT_BYTES, segments: {} };
  return { base, action, options, file, fresh: !usable, checkpoint };
}

/** Checks what an earlier attempt has verified of a segment; undefined when it must be fetched. */
export function recallSegment(
  context: WorkContext,
  receipt: LargeReceipt,
  index: number,
): SegmentResult | undefined {
  const { base, checkpoint } = receipt;
  const known = checkpoint.segments[index];
  if (known === undefined) return undefined;
  const { offset, length } = segmentOf(receipt, index);
  using file = context.tree(base).openForWriting(checkpoint.staged);
  const there = hashRange(context, file, offset, length);
  if (there.bytes !== length || !equalBytes(there.hash, fromHex(known))) return undefined;
  return { bytes: 0, verified: length, resumed: length, hash: known };
}

/** Where a segment lies. */
export function segmentOf(
  { checkpoint: { segmentBytes }, file: { size } }: Pick<LargeReceipt, "checkpoint" | "file">,
  index: number,
): { offset: number; length: number } {
  const offset = index * segmentBytes;
  return { offset, length: Math.min(segmentBytes, size - offset) };
}

/** Writes a segment from the parcels given to `next`; `undefined` ends them. */
export function* receiveSegment(
  context: WorkContext,
  receipt: LargeReceipt,
  index: number,
): Generator<undefined, SegmentResult, Uint8Array<ArrayBuffer> | undefined> {
  const { base, checkpoint, options, action } = receipt;
  const { offset, length } = segmentOf(receipt, index);
  using tree = context.disk.openTree(base);
  using file = tree.openForWriting(checkpoint.staged);
  const segment = new Segment(context, file, receipt, offset, length);
  for (let parcel = yield; parcel !== undefined; parcel = yield) segment.take(parcel);
  const hash = segment.finish();
  if (options.verify) {
    verifyRange(context, file, offset, { bytes: length, hash }, action.path, options.fsync);
  }
  return { bytes: length, verified: options.verify ? length : 0, hash: toHex(hash) };
}

class Segment {
  readonly #context: WorkContext;
  readonly #file: FileHandle;
  readonly #receipt: LargeReceipt;
  readonly #offset: number;
  readonly #length: number;
  readonly #content: Content;
  readonly #holes: boolean;
  #bytes = 0;
  #told: Uint8Array | undefined;

  constructor(
    context: WorkContext,
    file: FileHandle,
    receipt: LargeReceipt,
    offset: number,
    length: number,
  ) {
    this.#context = context;
    this.#file = file;
    this.#receipt = receipt;
    this.#offset = offset;
    this.#length = length;
    this.#content = new Content(context);
    this.#holes = receipt.fresh && (receipt.options.sparse || receipt.file.hasHoles);
  }

  take(parcel: Uint8Array<ArrayBuffer>): void {
    for (const record of readParcel(parcel)) {
      this.#context.checkCancelled();
      if (record.index !== 0 || this.#told !== undefined) throw torn("more comes than was asked");
      if (record.kind === "fail") {
        const { code, message, detail } = record.error;
        throw new OrbitError(code, message, { detail });
      }
      if (record.kind === "open") this.#checkVersion(record.file.version);
      else if (record.kind === "data") this.#add(record.bytes);
      else if (record.kind === "zeros") this.#addZeros(record.length);
      else this.#told = record.hash.slice();
    }
    this.#content.settle();
  }

  /** The hash of what arrived, which is what the source told. */
  finish(): Uint8Array {
    const hash = this.#content.digest();
    if (this.#told === undefined) throw torn("it ended too early");
    if (this.#bytes !== this.#length || !equalBytes(hash, this.#told)) {
      throw differs(this.#receipt.action.path);
    }
    return hash;
  }

  #checkVersion(version: string): void {
    const { checkpoint, action } = this.#receipt;
    if (version !== checkpoint.sourceVersion) throw changed(action.sourcePath);
  }

  #add(bytes: Uint8Array<ArrayBuffer>): void {
    const at = this.#advance(bytes.length);
    if (this.#holes) writeAroundZeros(this.#file, bytes, at);
    else this.#file.write(bytes, at);
    this.#content.add(bytes);
  }

  #addZeros(length: number): void {
    const at = this.#advance(length);
    this.#content.addZeros(length);
    if (this.#holes) return;
    const zeros = new Uint8Array(Math.min(length, 1 << 20));
    for (let done = 0; done < length; done += zeros.length) {
      this.#file.write(zeros.subarray(0, Math.min(zeros.length, length - done)), at + done);
    }
  }

  #advance(length: number): number {
    const at = this.#offset + this.#bytes;
    this.#bytes += length;
    if (this.#bytes > this.#length) throw torn("more comes than was asked");
    return at;
  }
}

/** Sets metadata and gives the file its name. */
export function finishReceipt(context: WorkContext, receipt: LargeReceipt): void {
  const { base, action, options, checkpoint, file } = receipt;
  {
    using target = context.tree(base).openForWriting(checkpoint.staged);
    target.truncate(file.size);
    finishTarget(target, file, action, options);
  }
  publish(context, base, checkpoint.staged, action, options);
  if (options.partialDirectory !== undefined) {
    removeIfEmpty(context.tree(base), parentOf(checkpoint.staged));
  }
}
