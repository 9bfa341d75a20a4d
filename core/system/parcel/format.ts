/**
 * Parcels: content of many files as a stream of buffers, made by one file worker and unpacked by
 * another, wherever each is; what lies between only passes the buffers on.
 *
 * A parcel holds whole records. A record begins with its kind (1 byte) and the number of the file
 * it is about (uint32); all numbers are little-endian, files come one after the other:
 *
 * | kind | then |
 * |---|---|
 * | 1 open | flags (uint8; 1: has holes), size, mtime seconds (float64), nanoseconds (uint32), version (uint16 bytes, UTF-8) |
 * | 2 data | bytes (uint32) |
 * | 3 zeros | how many (float64) |
 * | 4 close | BLAKE3 of the range (32 bytes) |
 * | 5 fail | error as JSON (uint32 bytes, UTF-8) |
 * | 6 chunks | how many (uint32), their lengths (uint32 each), their BLAKE3 (32 bytes each) |
 *
 * A file is an open, data and zeros in order, and a close; a fail takes the place of whatever is
 * missing. Of a file whose recipe was asked for, chunks come in place of data and zeros, and the
 * close has the BLAKE3 of their hashes.
 */
import { type ErrorData, OrbitError } from "#core/errors.ts";
import { HASH_BYTES } from "#core/hash/mod.ts";
import {
  CHUNK_BYTES,
  type ChunkRun,
  CHUNKS_HEAD,
  readChunks,
  writeChunks,
} from "./chunk_record.ts";
import { parseError } from "./told_error.ts";

/** Bytes of a parcel at most. */
export const PARCEL_BYTES = 1024 * 1024;

const Kind = { open: 1, data: 2, zeros: 3, close: 4, fail: 5, chunks: 6 } as const;

const HEAD = 5;
const OPEN_HEAD = HEAD + 1 + 8 + 8 + 4 + 2;
const DATA_HEAD = HEAD + 4;
const MAX_VERSION_BYTES = 512;
const MAX_ERROR_BYTES = 32 * 1024;

/** A piece of data this small isn't worth a record of its own before a new parcel. */
const LEAST_DATA = 16 * 1024;

/** What a source says of a file before its content. */
export interface ParcelFile {
  /** Bytes of the whole file. */
  size: number;
  mtime: number;
  mtimeNs: number;
  /** Changes whenever the content may have changed. */
  version: string;
  hasHoles: boolean;
}

/** What comes out of a parcel. */
export type ParcelRecord =
  & { index: number }
  & (
    | { kind: "open"; file: ParcelFile }
    /** A view into the parcel. */
    | { kind: "data"; bytes: Uint8Array<ArrayBuffer> }
    | { kind: "zeros"; length: number }
    | { kind: "close"; hash: Uint8Array<ArrayBuffer> }
    | { kind: "fail"; error: ErrorData }
    | { kind: "chunks"; chunks: ChunkRun }
  );

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Where writers leave a buffer that they no longer need, for the next one. */
export interface SpareParcel {
  bytes?: Uint8Array<ArrayBuffer>;
}

/** Fills parcels. */
export class ParcelWriter implements Disposable {
  readonly #spare: SpareParcel;
  #bytes!: Uint8Array<ArrayBuffer>;
  #view!: DataView<ArrayBuffer>;
  #used = 0;

  constructor(spare: SpareParcel = {}) {
    this.#spare = spare;
    this.#begin(spare.bytes);
    spare.bytes = undefined;
  }

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /** Whether a file's opening and its end find room, and some of its content. */
  hasRoomToOpen(size: number): boolean {
    const least = Math.min(size, LEAST_DATA);
    return this.#left >= OPEN_HEAD + MAX_VERSION_BYTES + DATA_HEAD + least + HEAD + HASH_BYTES;
  }

  /** Whether the end of a file finds room, whatever it is. */
  get hasRoomToEnd(): boolean {
    return this.#left >= HEAD + 4 + MAX_ERROR_BYTES;
  }

  /** How much data fits; 0 when a new parcel is better. */
  roomForData(wanted: number): number {
    const room = this.#left - DATA_HEAD - (HEAD + 4 + MAX_ERROR_BYTES);
    return room >= Math.min(wanted, LEAST_DATA) ? Math.min(room, wanted) : 0;
  }

  open(index: number, { size, mtime, mtimeNs, version, hasHoles }: ParcelFile): void {
    this.#record(Kind.open, index);
    const text = encoder.encode(version);
    this.#view.setUint8(this.#used, hasHoles ? 1 : 0);
    this.#view.setFloat64(this.#used + 1, size, true);
    this.#view.setFloat64(this.#used + 9, mtime, true);
    this.#view.setUint32(this.#used + 17, mtimeNs, true);
    this.#view.setUint16(this.#used + 21, text.length, true);
    this.#bytes.set(text, this.#used + 23);
    this.#used += 23 + text.length;
  }

  /** Lets `fill` write up to `room` bytes of data into the parcel, and returns what it wrote. */
  data(index: number, room: number, fill: (into: Uint8Array) => number): Uint8Array {
    const start = this.#used + DATA_HEAD;
    const count = fill(this.#bytes.subarray(start, start + room));
    if (count === 0) return this.#bytes.subarray(start, start);
    this.#record(Kind.data, index);
    this.#view.setUint32(this.#used, count, true);
    this.#used += 4 + count;
    return this.#bytes.subarray(start, start + count);
  }

  zeros(index: number, length: number): void {
    this.#record(Kind.zeros, index);
    this.#view.setFloat64(this.#used, length, true);
    this.#used += 8;
  }

  /** Writes chunks of a list, from the one at `from` on, as far as there is room; how many. */
  chunks(index: number, list: ChunkRun, from: number): number {
    const room = this.#left - (HEAD + 4 + MAX_ERROR_BYTES) - HEAD - CHUNKS_HEAD;
    const count = Math.min(list.lengths.length - from, Math.max(0, Math.floor(room / CHUNK_BYTES)));
    if (count === 0) return 0;
    this.#record(Kind.chunks, index);
    this.#used = writeChunks(this.#view, this.#used, list, { from, count });
    return count;
  }

  close(index: number, hash: Uint8Array): void {
    this.#record(Kind.close, index);
    this.#bytes.set(hash, this.#used);
    this.#used += HASH_BYTES;
  }

  fail(index: number, error: ErrorData): void {
    this.#record(Kind.fail, index);
    let text = encoder.encode(JSON.stringify(error));
    if (text.length > MAX_ERROR_BYTES) {
      const { code, message } = error;
      text = encoder.encode(JSON.stringify({ code, message: message.slice(0, 1024), detail: {} }));
    }
    this.#view.setUint32(this.#used, text.length, true);
    this.#bytes.set(text, this.#used + 4);
    this.#used += 4 + text.length;
  }

  /** Takes the parcel, which has a buffer of its own, and starts the next. */
  take(): Uint8Array<ArrayBuffer> {
    // Of a buffer that is mostly empty the copy is cheaper than another buffer.
    const isFull = this.#used > PARCEL_BYTES / 4;
    const bytes = this.#bytes;
    const parcel = isFull ? bytes.subarray(0, this.#used) : bytes.slice(0, this.#used);
    this.#begin(isFull ? this.#spare.bytes : bytes);
    if (isFull) this.#spare.bytes = undefined;
    return parcel;
  }

  [Symbol.dispose](): void {
    this.#spare.bytes = this.#bytes;
  }

  #begin(bytes = new Uint8Array(PARCEL_BYTES)): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#used = 0;
  }

  get #left(): number {
    return PARCEL_BYTES - this.#used;
  }

  #record(kind: number, index: number): void {
    this.#view.setUint8(this.#used, kind);
    this.#view.setUint32(this.#used + 1, index, true);
    this.#used += HEAD;
  }
}

/** The records of a parcel. @throws {OrbitError} `corrupt` when it isn't one. */
export function* readParcel(parcel: Uint8Array<ArrayBuffer>): Generator<ParcelRecord> {
  const reader = new ParcelReader(parcel);
  while (reader.hasMore) yield reader.record();
}

class ParcelReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(parcel: Uint8Array<ArrayBuffer>) {
    if (parcel.length > PARCEL_BYTES) throw torn("it is too large");
    this.#bytes = parcel;
    this.#view = new DataView(parcel.buffer, parcel.byteOffset, parcel.length);
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  record(): ParcelRecord {
    const kind = this.#view.getUint8(this.#skip(1));
    const index = this.#view.getUint32(this.#skip(4), true);
    switch (kind) {
      case Kind.open:
        return { kind: "open", index, file: this.#file() };
      case Kind.data:
        return {
          kind: "data",
          index,
          bytes: this.#take(some(this.#view.getUint32(this.#skip(4), true))),
        };
      case Kind.zeros:
        return { kind: "zeros", index, length: some(this.#count("zeros")) };
      case Kind.close:
        return { kind: "close", index, hash: this.#take(HASH_BYTES) };
      case Kind.fail:
        return { kind: "fail", index, error: this.#error() };
      case Kind.chunks:
        return { kind: "chunks", index, chunks: this.#chunks() };
      default:
        throw torn(`a record is of kind ${kind}`);
    }
  }

  #file(): ParcelFile {
    const hasHoles = this.#view.getUint8(this.#skip(1)) === 1;
    const size = this.#count("size");
    const mtime = this.#view.getFloat64(this.#skip(8), true);
    const mtimeNs = this.#view.getUint32(this.#skip(4), true);
    if (!Number.isSafeInteger(mtime) || mtimeNs > 999_999_999) throw torn("a time is none");
    const length = this.#view.getUint16(this.#skip(2), true);
    if (length > MAX_VERSION_BYTES) throw torn("a version is too long");
    return { size, mtime, mtimeNs, version: this.#text(length), hasHoles };
  }

  #chunks(): ChunkRun {
    const count = some(this.#view.getUint32(this.#skip(4), true));
    return readChunks(this.#take(count * CHUNK_BYTES), count);
  }

  #count(what: string): number {
    const count = this.#view.getFloat64(this.#skip(8), true);
    if (!Number.isSafeInteger(count) || count < 0) throw torn(`${what} is no number of bytes`);
    return count;
  }

  #error(): ErrorData {
    const length = this.#view.getUint32(this.#skip(4), true);
    if (length > MAX_ERROR_BYTES) throw torn("an error is too long");
    const error = parseError(this.#text(length));
    if (error === undefined) throw torn("an error is none");
    return error;
  }

  #text(length: number): string {
    try {
      return decoder.decode(this.#take(length));
    } catch {
      throw torn("a text is none");
    }
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    const at = this.#skip(length);
    return this.#bytes.subarray(at, at + length);
  }

  #skip(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw torn("it is cut off");
    this.#at += length;
    return at;
  }
}

/** Records of nothing could go on for ever. */
function some(bytes: number): number {
  if (bytes === 0) throw torn("a record holds nothing");
  return bytes;
}

/** A parcel that isn't what it should be: most likely damaged, so it may be sent again. */
export function torn(why: string): OrbitError {
  return new OrbitError("corrupt", `unpack content: ${why}`, {
    detail: { side: "source", retryable: true },
  });
}
