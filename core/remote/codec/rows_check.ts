/** What each word of a row may be. */
import { Column, FileType, ROW_WORDS } from "#core/system/mod.ts";
import type { Blame } from "./blame.ts";
import type { RowData } from "./rows.ts";

/** Bytes of one name, on any file system. */
const MAX_NAME_BYTES = 1024;
/** Bytes of a link's target, likewise. */
const MAX_LINK_BYTES = 4096;
/** The high half of the largest number that is computed with exactly, 2^53 - 1. */
const LARGEST_HIGH = 0x1fffff;

const SLASH = 0x2f, DOT = 0x2e;

/** @throws what `blame` makes, naming the word and the row. */
export function checkRows({ rows, heap, attributes }: RowData, named: boolean, blame: Blame): void {
  // Mostly the heap as a whole says that no name can hold either.
  const suspicious = heap.includes(0) || heap.includes(SLASH);
  for (let base = 0; base < rows.length; base += ROW_WORDS) {
    const trouble = troubleOfFacts(rows, base, attributes.length) ??
      troubleOfLink(rows, base, heap) ?? troubleOfName(rows, base, heap, named, suspicious);
    if (trouble !== undefined) throw blame(`rows[${base / ROW_WORDS}]`, trouble);
  }
}

function troubleOfFacts(rows: Uint32Array, base: number, attributes: number): string | undefined {
  const mode = rows[base + Column.mode];
  if (!isFileType(mode & FileType.mask) || mode > 0o177777) return `mode ${mode}`;
  if (rows[base + Column.sizeHi] > LARGEST_HIGH) return "size of 2^53 bytes or more";
  if (rows[base + Column.blocksHi] > LARGEST_HIGH) return "2^53 blocks or more";
  const high = rows[base + Column.mtimeHi] | 0;
  if (high > LARGEST_HIGH || high < ~LARGEST_HIGH) return "time out of bounds";
  if (rows[base + Column.mtimeNs] > 999_999_999) return "a second or more of nanoseconds";
  if (rows[base + Column.attributes] > attributes) return "attributes that aren't there";
  return undefined;
}

function isFileType(type: number): boolean {
  switch (type) {
    case FileType.file:
    case FileType.directory:
    case FileType.link:
    case FileType.socket:
    case FileType.block:
    case FileType.character:
    case FileType.fifo:
      return true;
    default:
      return false;
  }
}

function troubleOfLink(rows: Uint32Array, base: number, heap: Uint8Array): string | undefined {
  const length = rows[base + Column.linkLength];
  if (rows[base + Column.linkAt] + length > heap.length) return "link outside the heap";
  if (length === 0) return undefined;
  if (length > MAX_LINK_BYTES) return `link target of ${length} bytes`;
  if ((rows[base + Column.mode] & FileType.mask) !== FileType.link) return "link target of no link";
  const at = rows[base + Column.linkAt];
  return heap.subarray(at, at + length).includes(0) ? "NUL in a link target" : undefined;
}

function troubleOfName(
  rows: Uint32Array,
  base: number,
  heap: Uint8Array,
  named: boolean,
  suspicious: boolean,
): string | undefined {
  const length = rows[base + Column.nameLength];
  if (!named) return length === 0 ? undefined : "a name where none belongs";
  if (length === 0) return "empty name";
  if (length > MAX_NAME_BYTES) return `name of ${length} bytes`;
  const at = rows[base + Column.nameAt];
  if (at + length > heap.length) return "name outside the heap";
  if (heap[at] === DOT && (length === 1 || (length === 2 && heap[at + 1] === DOT))) {
    return `"." or ".." as a name`;
  }
  if (!suspicious) return undefined;
  for (let i = at; i < at + length; i++) {
    if (heap[i] === 0 || heap[i] === SLASH) return `NUL or "/" in a name`;
  }
  return undefined;
}
