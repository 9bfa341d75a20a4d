/**
 * What the index holds for a chunk: a key of 40 bits, the start of its hash, and a slot of 40 bits,
 * its place in some file's list. Ten bytes instead of the sixty that hash, file and offset take, so
 * that the entries of ten million chunks fit in memory; the list, which is kept anyway, has the
 * rest, and tells chunks apart whose keys are equal (one look-up in 100,000 reads one in vain).
 */

/** Chunks in one piece of a list: two full rows share a database page of 4 KiB. */
export const PIECE_CHUNKS = 55;

/** Slots that a piece's id spans. */
const PIECE_SLOTS = 64;

/** More pieces than this, ever, can't be named by a slot. */
export const MAX_PIECES = 2 ** 34;

/** The key of the hash that starts at `at`. Keys have the order of hashes. */
export function keyAt(hashes: Uint8Array, at: number): number {
  const high = hashes[at] << 24 | hashes[at + 1] << 16 | hashes[at + 2] << 8 | hashes[at + 3];
  return (high >>> 0) * 0x100 + hashes[at + 4];
}

/** The slot of the chunk at `index` of the list whose first piece is `piece`. */
export function slotOf(piece: number, index: number): number {
  const pieces = Math.floor(index / PIECE_CHUNKS);
  return (piece + pieces) * PIECE_SLOTS + index - pieces * PIECE_CHUNKS;
}

/** The first slot of a piece. */
export function firstSlot(piece: number): number {
  return piece * PIECE_SLOTS;
}

/** The piece that a slot lies in. */
export function pieceOf(slot: number): number {
  return Math.floor(slot / PIECE_SLOTS);
}

/** Which of its piece's chunks a slot is. */
export function indexInPiece(slot: number): number {
  return slot % PIECE_SLOTS;
}

/** Pieces that a list of so many chunks has. */
export function piecesFor(chunks: number): number {
  return Math.ceil(chunks / PIECE_CHUNKS);
}

/** Ids of pieces that a file takes up: one at least, which is also its own. */
export function idsFor(chunks: number): number {
  return Math.max(1, piecesFor(chunks));
}

/** Which chunk of the list whose first piece is `piece` a slot is. */
export function indexOfSlot(piece: number, slot: number): number {
  return (pieceOf(slot) - piece) * PIECE_CHUNKS + indexInPiece(slot);
}
