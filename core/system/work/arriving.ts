/** Writing a range of a file as it arrives, and checking it against what its source told. */
import { equalBytes, type Hasher } from "#core/hash/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { FileHandle } from "../disk.ts";
import { torn } from "../parcel/format.ts";
import { hashRange, readFromDisk, writeAroundZeros } from "./content.ts";
import { BLOCK_BYTES, STREAM_BYTES, type WorkContext } from "./context.ts";
import { Content } from "./pack.ts";

/** Where content goes, and how. */
export interface ArrivingOptions {
  file: FileHandle;
  /** The file's final path, for messages. */
  path: string;
  offset: number;
  length: number;
  /** Nothing was written there before: what isn't written is zeros. */
  isEmpty: boolean;
  /** Leave runs of zeros unwritten, where nothing was written before. */
  holes: boolean;
  /** Read it back. */
  verify: boolean;
  /** Have the disk itself answer then. */
  fromDisk: boolean;
}

/** A range that is arriving. */
export class ArrivingRange {
  readonly #context: WorkContext;
  readonly #options: ArrivingOptions;
  /** What arrived; what is read back anyway needs no hash before. */
  readonly #content: Content | undefined;
  /** What was read back so far: right after it was written the processor has it at hand. */
  #back: Hasher | undefined;
  #bytes = 0;
  #hasGaps = false;

  constructor(context: WorkContext, options: ArrivingOptions) {
    this.#context = context;
    this.#options = options;
    const { verify, fromDisk, isEmpty, holes, length } = options;
    this.#content = verify ? undefined : new Content(context);
    const isPlain = !fromDisk && !(isEmpty && holes);
    // What is read in one go has the cheaper hash of one piece in the end.
    if (verify && isPlain && length > STREAM_BYTES) this.#back = context.blake3.create();
  }

  /** Whether as much arrived as was told. */
  get isComplete(): boolean {
    return this.#bytes === this.#options.length;
  }

  /** Whether anything wasn't written because it is zeros. */
  get hasGaps(): boolean {
    return this.#hasGaps;
  }

  /** @throws `corrupt` when there is more than was told. */
  add(bytes: Uint8Array<ArrayBuffer>): void {
    const { file, isEmpty, holes } = this.#options;
    const at = this.#advance(bytes.length);
    if (isEmpty && holes) {
      this.#hasGaps = true;
      writeAroundZeros(file, bytes, at);
    } else if (this.#back !== undefined) this.#writeAndReadBack(bytes, at);
    else if (bytes.length > 0) file.write(bytes, at);
    this.#content?.add(bytes);
  }

  /** As `add`, of zeros. */
  addZeros(length: number): void {
    const { file, isEmpty } = this.#options;
    const at = this.#advance(length);
    this.#content?.addZeros(length);
    this.#back = undefined;
    if (isEmpty) {
      this.#hasGaps = true;
      return;
    }
    const zeros = new Uint8Array(Math.min(length, BLOCK_BYTES));
    for (let done = 0; done < length; done += zeros.length) {
      this.#context.checkCancelled();
      file.write(zeros.subarray(0, Math.min(zeros.length, length - done)), at + done);
    }
  }

  /** What was added last may change from here on. */
  settle(): void {
    this.#content?.settle();
  }

  /** @throws `corrupt` (retryable) unless all arrived, and is, as its source told. */
  check(told: Uint8Array): void {
    if (!this.isComplete || !equalBytes(this.#hash(), told)) throw differs(this.#options.path);
  }

  #writeAndReadBack(bytes: Uint8Array<ArrayBuffer>, position: number): void {
    const { file } = this.#options;
    const block = this.#context.blocks[1].subarray(0, STREAM_BYTES);
    for (let done = 0; done < bytes.length; done += STREAM_BYTES) {
      const piece = bytes.subarray(done, done + STREAM_BYTES);
      file.write(piece, position + done);
      const got = file.read(block.subarray(0, piece.length), position + done);
      // What can't be read now is looked at in the end.
      if (got < piece.length) this.#back = undefined;
      this.#back?.update(block.subarray(0, got));
    }
  }

  #hash(): Uint8Array {
    const { file, offset, length, fromDisk } = this.#options;
    if (this.#content !== undefined) return this.#content.digest();
    if (this.#back !== undefined) return this.#back.digest();
    if (fromDisk) readFromDisk(file);
    return hashRange(this.#context, file, offset, length).hash;
  }

  /** A source that never ends must not fill the disk. */
  #advance(length: number): number {
    const at = this.#options.offset + this.#bytes;
    if (this.#bytes + length > this.#options.length) throw torn("more comes than was told");
    this.#bytes += length;
    return at;
  }
}

/** The error for content that isn't what its source has. */
export function differs(path: string): OrbitError {
  const reason = "what arrived is not what was sent";
  return new OrbitError("corrupt", `copy ${JSON.stringify(path)}: ${reason}`, {
    detail: { path, side: "destination", retryable: true },
  });
}
