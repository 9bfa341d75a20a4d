/** Names as bytes in bulk, for looking up many entries without a string for each. */
import { decodeName } from "#core/names.ts";
import { Column, ROW_WORDS, type ScanBatchData } from "./scan_batch.ts";

/** Names of one directory, sorted by their bytes, each once. Plain, cloneable data. */
export interface NameList {
  /** Holds the bytes; often shared by many lists. */
  heap: Uint8Array<ArrayBuffer>;
  /** For each name where it starts in the heap, and its length. */
  spans: Uint32Array<ArrayBuffer>;
}

/** The names of a run of rows; the heap is the batch's own. */
export function namesOfRows(batch: ScanBatchData, from: number, to: number): NameList {
  const spans = new Uint32Array((to - from) * 2);
  let at = 0;
  for (let base = from * ROW_WORDS; base < to * ROW_WORDS; base += ROW_WORDS) {
    spans[at++] = batch.rows[base + Column.nameAt];
    spans[at++] = batch.rows[base + Column.nameLength];
  }
  return { heap: batch.heap, spans };
}

/** The names as strings. */
export function decodeNameList({ heap, spans }: NameList): string[] {
  const names: string[] = [];
  for (let i = 0; i < spans.length; i += 2) {
    names.push(decodeName(heap.subarray(spans[i], spans[i] + spans[i + 1])));
  }
  return names;
}
