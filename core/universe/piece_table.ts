/** The chunk lists of files, in pieces. */
import { type ChunkList, concatChunkLists } from "#core/cdc/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { equalBytes, HASH_BYTES } from "#core/hash/mod.ts";
import type { Database, Row, Statement } from "#core/sqlite/mod.ts";
import { release } from "./page.ts";
import { indexInPiece, PIECE_CHUNKS, pieceOf } from "./entry.ts";

/** Where a chunk is. */
export interface ChunkPlace {
  file: number;
  offset: number;
  length: number;
}

/** From so many chunks of one piece on, reading all of it is cheaper than asking for each. */
const WHOLE_PIECE_FROM = 3;

/** A piece that was read. */
interface Piece {
  file: number;
  start: number;
  hashes: Uint8Array;
  ends: DataView;
}

/** The table of pieces. */
export class PieceTable {
  readonly #insert: Statement;
  readonly #delete: Statement;
  readonly #piece: Statement;
  readonly #chunk: Statement;
  readonly #list: Statement;
  readonly #last: Statement;
  readonly #ends = new DataView(new ArrayBuffer(PIECE_CHUNKS * 4));

  constructor(database: Database) {
    this.#insert = database.prepare(
      "INSERT INTO piece (id, file, start, hashes, ends) VALUES (?, ?, ?, ?, ?)",
    );
    this.#delete = database.prepare("DELETE FROM piece WHERE id >= ? AND id < ?");
    this.#piece = database.prepare("SELECT file, start, hashes, ends FROM piece WHERE id = ?");
    // Asked more often than all others: columns and digits cost less than names and bytes.
    this.#chunk = database.prepare(
      "SELECT file, start, hex(substr(ends, ?, 8)) FROM piece " +
        "WHERE id = ? AND substr(hashes, ?, 32) = ?",
    ).asColumns();
    this.#list = database.prepare("SELECT * FROM piece WHERE id >= ? AND id < ? ORDER BY id");
    this.#last = database.prepare("SELECT coalesce(max(id), 0) AS id FROM piece");
  }

  get lastId(): number {
    return Number(this.#last.first()!.id);
  }

  /** Stores a file's list under the ids from `file` on. */
  insert(file: number, { lengths, hashes }: ChunkList): void {
    let start = 0;
    for (let from = 0, id = file; from < lengths.length; from += PIECE_CHUNKS, id++) {
      const count = Math.min(PIECE_CHUNKS, lengths.length - from);
      let end = 0;
      for (let i = 0; i < count; i++) {
        end += lengths[from + i];
        this.#ends.setUint32(i * 4, end, true);
      }
      const piece = hashes.subarray(from * HASH_BYTES, (from + count) * HASH_BYTES);
      const ends = new Uint8Array(this.#ends.buffer, 0, count * 4);
      this.#insert.write(id, file, start, piece, ends);
      start += end;
    }
  }

  delete(from: number, end: number): void {
    this.#delete.write(from, end);
  }

  /** The list of the file whose pieces have these ids. */
  list(from: number, end: number): ChunkList {
    const lists = this.#list.all(from, end).map((row) => {
      const { start, hashes, ends } = toPiece(row, row.id);
      const lengths = new Uint32Array(ends.byteLength / 4);
      for (let i = 0, before = 0; i < lengths.length; i++) {
        const end = ends.getUint32(i * 4, true);
        lengths[i] = end - before;
        before = end;
      }
      return { offset: start, lengths, hashes: hashes as Uint8Array<ArrayBuffer> };
    });
    return concatChunkLists(lists);
  }

  /**
   * Goes through slots in their order and calls `found` for each that is there and holds the chunk
   * it is to hold.
   *
   * @param order Indexes into `slots`, so that these ascend.
   * @param hashAt The hash that the slot at an index is to hold.
   */
  check(
    slots: Float64Array,
    order: Uint32Array,
    hashAt: (index: number) => Uint8Array,
    found: (index: number, file: number, offset: number, length: number) => void,
  ): void {
    for (let from = 0, to = 0; from < order.length; from = to) {
      const piece = pieceOf(slots[order[from]]);
      while (to < order.length && pieceOf(slots[order[to]]) === piece) to++;
      const whole = to - from < WHOLE_PIECE_FROM ? undefined : this.#read(piece);
      if (whole === null) continue;
      for (let i = from; i < to; i++) {
        const index = order[i], at = indexInPiece(slots[index]), hash = hashAt(index);
        const place = whole === undefined ? this.#ask(piece, at, hash) : placeIn(whole, at, hash);
        if (place !== undefined) found(index, place.file, place.offset, place.length);
      }
      if (whole !== undefined) {
        release(whole.hashes);
        release(whole.ends);
      }
    }
  }

  #read(id: number): Piece | null {
    const row = this.#piece.first(id);
    return row === undefined ? null : toPiece(row, id);
  }

  #ask(id: number, at: number, hash: Uint8Array): ChunkPlace | undefined {
    // Two ends, that of the chunk before and its own; the first chunk has none before it.
    const row = this.#chunk.first(Math.max(1, at * 4 - 3), id, at * HASH_BYTES + 1, hash);
    if (row === undefined) return undefined;
    const [file, start, ends] = row as unknown as [number, number, string];
    const begin = at === 0 ? 0 : fromHex(ends, 0);
    const end = fromHex(ends, at === 0 ? 0 : 8);
    return { file, offset: start + begin, length: end - begin };
  }
}

/** The number of four bytes, the lowest first, in hexadecimal digits. */
function fromHex(digits: string, at: number): number {
  let value = 0;
  for (let i = 6; i >= 0; i -= 2) {
    value = value * 256 + digitAt(digits, at + i) * 16 + digitAt(digits, at + i + 1);
  }
  return value;
}

function digitAt(digits: string, at: number): number {
  const code = digits.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x37;
}

function placeIn(piece: Piece, at: number, hash: Uint8Array): ChunkPlace | undefined {
  const stored = piece.hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
  if (stored.length !== HASH_BYTES || !equalBytes(stored, hash)) return undefined;
  const begin = at === 0 ? 0 : piece.ends.getUint32(at * 4 - 4, true);
  const end = piece.ends.getUint32(at * 4, true);
  return { file: piece.file, offset: piece.start + begin, length: end - begin };
}

function toPiece(row: Row, id: number): Piece {
  const ends = view(row.ends);
  if (row.hashes.length !== ends.byteLength * (HASH_BYTES / 4)) {
    throw new OrbitError("corrupt", `read piece ${id} of the universe: malformed; remove it`);
  }
  return { file: row.file, start: row.start, hashes: row.hashes, ends };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
