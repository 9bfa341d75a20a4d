/** Reads whole directories into packed names. */
import type { Libc, NativeMemory } from "#core/posix/mod.ts";
import { CHUNK_BYTES, CHUNK_LIMIT, PackedNames, positionOf } from "./disk_posix_names.ts";
import { sortNames } from "./disk_posix_order.ts";

/** `struct linux_dirent64`: where its fields are. */
const LENGTH_AT = 16, TYPE_AT = 18, NAME_AT = 19;

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
    const names = new PackedNames(pieces.map((piece) => piece.chunk), joinPositions(pieces));
    sortNames(names);
    return names;
  }

  #pack(length: number, chunkIndex: number): Piece {
    const { count, size } = this.#measure(length);
    const { bytes } = this.#records;
    const chunk = this.libc.allocate(size);
    const into = chunk.bytes;
    const positions = new Uint32Array(count);
    let used = 0, kept = 0;
    for (let record = 0; record < length; record += this.#halves[(record + LENGTH_AT) >> 1]) {
      let at = record + NAME_AT;
      if (bytes[at] === DOT && isSelfOrParent(bytes, at)) continue;
      into[used++] = bytes[record + TYPE_AT];
      positions[kept++] = positionOf(chunkIndex, used);
      while (bytes[at] !== 0) into[used++] = bytes[at++];
      into[used++] = 0;
    }
    return { chunk, positions: positions.subarray(0, kept) };
  }

  /** How many records there are, and room enough for their types, names and NULs. */
  #measure(length: number): { count: number; size: number } {
    let count = 0, size = 0;
    for (let record = 0; record < length; count++) {
      const recordLength = this.#halves[(record + LENGTH_AT) >> 1];
      size += recordLength - TYPE_AT;
      record += recordLength;
    }
    return { count, size };
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
