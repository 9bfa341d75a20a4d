/** A single file that gets another name at the destination. */
import { encodeName } from "#core/names.ts";
import { Column, ScanBatch } from "#core/system/scan_batch.ts";

/** The batch of a single file under another name, which all that follows knows it by. */
export function renamed({ data }: ScanBatch, name: string): ScanBatch {
  const bytes = encodeName(name);
  const heap = new Uint8Array(data.heap.length + bytes.length);
  heap.set(data.heap);
  heap.set(bytes, data.heap.length);
  const rows = data.rows.slice();
  if (rows.length > 0) {
    rows[Column.nameAt] = data.heap.length;
    rows[Column.nameLength] = bytes.length;
  }
  return new ScanBatch({ ...data, rows, heap });
}
