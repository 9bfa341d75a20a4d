/** Reads whole directories into packed names. */
import type { Libc, NativeMemory } from "#core/posix/mod.ts";
import { CHUNK_BYTES, CHUNK_LIMIT, PackedNames, positionOf } from "./disk_posix_names.ts";
import { sortNames } from "./disk_posix_order.ts";

/** `struct linux_dirent64`: where its fields are. */
const LENGTH_AT = 16, NAME_AT = 19;

/** A record with a name of one byte. */
const LEAST_RECORD_BYTES = 24;

/** Room for a few records; the longest has 280 bytes. */
const FEW_RECORDS_BYTES = 1024;

const DOT = 0x2e;

/** `EOVERFLOW`. */
const TOO_MANY = 75;

/** What one directory's records became. */
interface Piece {
  chunk: NativeMemory;
  positions: Uint32Array;
}

/** Reads directories through one buffer; synchronous, so one serves them all. */
export class DirectoryReader {
  readonly #records: NativeMemory;
  readonly #halves: Uint16Array;

  constructor(readonly libc: Libc) {
    // No bigger than a chunk: what one call returns then fits in one chunk.
    this.#records = libc.allocate(CHUNK_BYTES);
    this.#halves = new Uint16Array(this.#records.bytes.buffer);
  }

  /** The sorted names of an open directory, without "." and ".."; or a negated error number. */
  read(fd: number): PackedNames | number {
    const pieces: Piece[] = [];
    for (;;) {
      const length = this.libc.files.getdents64(fd, this.#records);
      if (length < 0) return length;
      if (length === 0) break;
      if (pieces.length === CHUNK_LIMIT) return -TOO_MANY;
      pieces.push(this.#pack(length, pieces.length));
    }
    const chunks = pieces.map((piece) => piece.chunk);
    return sortNames(new PackedNames(chunks, joinPositions(pieces)));
  }

  /** Whether an open directory has no entries but "." and ".."; or a negated error number. */
  isEmpty(fd: number): boolean | number {
    const records = this.libc.allocate(FEW_RECORDS_BYTES), { bytes } = records;
    for (;;) {
      const length = this.libc.files.getdents64(fd, records);
      if (length <= 0) return length === 0 || length;
      for (let record = 0; record < length;) {
        const at = record + NAME_AT;
        if (bytes[at] !== DOT || !isSelfOrParent(bytes, at)) return false;
        record += bytes[record + LENGTH_AT] + bytes[record + LENGTH_AT + 1] * 256;
      }
    }
  }

  /**
   * Keeps the records as they are: a record's last three fields, its type, its name and a NUL, are
   * what packed names consist of, and one copy of all is cheaper than many of their parts.
   */
  #pack(length: number, chunkIndex: number): Piece {
    const { bytes } = this.#records;
    const chunk = this.libc.allocate(length);
    chunk.bytes.set(bytes.subarray(0, length));
    const positions = new Uint32Array(Math.ceil(length / LEAST_RECORD_BYTES));
    let kept = 0;
    for (let record = 0; record < length; record += this.#halves[(record + LENGTH_AT) >> 1]) {
      const at = record + NAME_AT;
      if (bytes[at] === DOT && isSelfOrParent(bytes, at)) continue;
      positions[kept++] = positionOf(chunkIndex, at);
    }
    return { chunk, positions: positions.subarray(0, kept) };
  }
}

function isSelfOrParent(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 1] === 0 || (bytes[at + 1] === DOT && bytes[at + 2] === 0);
}

function joinPositions(pieces: Piece[]): Uint32Array {
  if (pieces.length === 1) return pieces[0].positions;
  const count = pieces.reduce((sum, piece) => sum + piece.positions.length, 0);
  const all = new Uint32Array(count);
  let at = 0;
  for (const { positions } of pieces) {
    all.set(positions, at);
    at += positions.length;
  }
  return all;
}
