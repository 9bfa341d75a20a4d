/** Rows of entries: transposed, as differences, compressed. No object is made for a row. */
import { ROW_WORDS, type ScanBatchData } from "#core/system/mod.ts";
import type { Rows, RowsSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Blame } from "./blame.ts";
import { fromAttributes, toAttributes } from "./metadata.ts";
import { atMost } from "./numbers.ts";
import { pack, unpack } from "./pack.ts";
import { checkRows } from "./rows_check.ts";

/** Rows of one message. */
export const MAX_ROWS = 65_536;
/** Bytes of the names and link targets of one message. */
export const MAX_HEAP_BYTES = 4 * 1024 * 1024;

/** What rows are made of. */
export type RowData = Pick<ScanBatchData, "rows" | "heap" | "attributes">;

export function toRows({ rows, heap, attributes }: RowData): MessageInitShape<typeof RowsSchema> {
  const { words, varying } = transpose(rows);
  const packedWords = pack(words);
  const packedHeap = pack(heap);
  return {
    count: rows.length / ROW_WORDS,
    words: packedWords.bytes,
    wordsEncoding: packedWords.encoding,
    heap: packedHeap.bytes,
    heapEncoding: packedHeap.encoding,
    heapLength: heap.length,
    varying,
    attributes: attributes.map(toAttributes),
  };
}

/** Columns one after the other, each word's difference to the row before; equal ones once. */
function transpose(rows: Uint32Array): { words: Uint8Array; varying: number } {
  const words = new Uint32Array(rows.length);
  let varying = 0, at = 0;
  for (let column = 0; column < ROW_WORDS && rows.length > 0; column++) {
    const start = at, first = rows[column];
    let before = 0, differs = 0;
    for (let i = column; i < rows.length; i += ROW_WORDS) {
      const word = rows[i];
      differs |= word ^ first;
      words[at++] = word - before;
      before = word;
    }
    if (differs === 0) at = start + 1;
    else varying |= 1 << column;
  }
  return { words: new Uint8Array(words.buffer, 0, at * 4), varying };
}

/** Rows whose every word was checked. With `named` false there must be no names, as of `inspect`. */
export function fromRows(message: Rows, blame: Blame, named = true): RowData {
  const count = atMost(message.count, MAX_ROWS, "rows.count", blame);
  const heapLength = atMost(message.heapLength, MAX_HEAP_BYTES, "rows.heap_length", blame);
  const { varying } = message;
  if (varying >>> ROW_WORDS !== 0) throw blame("rows.varying", `${varying}, of ${ROW_WORDS} words`);
  let expected = 0;
  for (let column = 0; column < ROW_WORDS && count > 0; column++) {
    expected += varying >>> column & 1 ? count : 1;
  }
  const packedWords = { bytes: message.words, encoding: message.wordsEncoding };
  const words = unpack(packedWords, expected * 4, "rows.words", blame);
  const packedHeap = { bytes: message.heap, encoding: message.heapEncoding };
  const heap = owned(unpack(packedHeap, heapLength, "rows.heap", blame));
  atMost(message.attributes.length, count, "rows.attributes", blame);
  const attributes = message.attributes.map((set) => fromAttributes(set, "rows.attributes", blame));
  const rows = restore(words, count, varying);
  checkRows({ rows, heap, attributes }, named, blame);
  return { rows, heap, attributes };
}

/** Names are often sent on, and a view would take all that it is a view of along. */
function owned(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.length === bytes.buffer.byteLength && bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes);
}

function restore(
  bytes: Uint8Array<ArrayBuffer>,
  count: number,
  varying: number,
): Uint32Array<ArrayBuffer> {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, bytes.length / 4);
  const rows = new Uint32Array(count * ROW_WORDS);
  let at = 0;
  for (let column = 0; column < ROW_WORDS && count > 0; column++) {
    let word = 0;
    if (varying >>> column & 1) {
      for (let i = column; i < rows.length; i += ROW_WORDS) {
        word = word + words[at++] | 0;
        rows[i] = word;
      }
    } else {
      word = words[at++];
      if (word === 0) continue;
      for (let i = column; i < rows.length; i += ROW_WORDS) rows[i] = word;
    }
  }
  return rows;
}
