/** Answering scans: batches cut so that each fits into a message. */
import {
  type Attributes,
  Column,
  FileType,
  joinPath,
  type OrbitSystem,
  ROW_WORDS,
  ScanBatch,
  ScanBatchBuilder,
  type ScanBatchData,
} from "#core/system/mod.ts";
import { fromErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import { encodeName, isText } from "#core/names.ts";
import type { ScanTreeRequest, ScanTreeResponseSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import type { FileEntrySchema } from "#proto/gen/orbit/v1/star_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { blameRequest } from "./codec/blame.ts";
import { fromScanRequest, toScanResponse } from "./codec/scan.ts";

/** Bytes of a batch before it is compressed. A single entry may be larger. */
const BATCH_BYTES = 1024 * 1024;
/** Bytes of the troubles of one message. */
const TROUBLE_BYTES = 256 * 1024;
/** Attributes of one entry that travel; more than any file system keeps in ordinary use. */
const MAX_ATTRIBUTE_BYTES = 1024 * 1024;

/** Whole trees, in batches. */
export async function* serveScanTree(
  system: OrbitSystem,
  message: ScanTreeRequest,
  checkPath: (path: string) => void,
  signal: AbortSignal,
): AsyncGenerator<MessageInitShape<typeof ScanTreeResponseSchema>> {
  const request = fromScanRequest(message, blameRequest);
  checkPath(request.base);
  for await (const { data } of system.scanTree(request, { signal })) {
    for (const piece of cutBatch(data)) yield toScanResponse(piece);
  }
}

/** One directory, an entry a message. */
export async function* serveScanDirectory(
  system: OrbitSystem,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<MessageInitShape<typeof FileEntrySchema>> {
  for await (const batch of system.scanTree({ base: path, recursive: false }, { signal })) {
    const [trouble] = batch.data.troubles;
    if (trouble !== undefined) throw fromErrorData(trouble.error);
    const count = batch.data.rows.length / ROW_WORDS;
    for (let row = 0; row < count; row++) yield toFileEntry(batch, row);
  }
}

function toFileEntry(batch: ScanBatch, row: number): MessageInitShape<typeof FileEntrySchema> {
  const { path: name, size, mtime } = batch.entry(row, "");
  return {
    name: name.toWellFormed(),
    size: BigInt(size),
    isDir: batch.isType(row, FileType.directory),
    modifiedAtTs: BigInt(Math.max(0, mtime)),
    nameBytes: isText(name) ? undefined : encodeName(name),
  };
}

/** The batch as it is when it fits; otherwise its troubles, then its rows, in several. */
export function* cutBatch(data: ScanBatchData): Generator<ScanBatchData> {
  if (weigh(data) <= BATCH_BYTES) {
    yield data;
    return;
  }
  const builder = new ScanBatchBuilder();
  let bytes = 0;
  for (const { path, error } of data.troubles) {
    builder.addTrouble(path, error);
    bytes += weighTrouble(path, error.message);
    if (bytes < TROUBLE_BYTES) continue;
    yield builder.take();
    bytes = 0;
  }
  for (const { directory, from, to, ...part } of data.parts) {
    for (let row = from; row < to; row++) {
      copyRow(data, row, directory, builder);
      if (builder.byteLength < BATCH_BYTES || row + 1 === to) continue;
      builder.endPart(directory, { ...part, last: false });
      yield builder.take();
    }
    builder.endPart(directory, part);
    if (builder.byteLength >= BATCH_BYTES) yield builder.take();
  }
  if (!builder.isEmpty) yield builder.take();
}

function weigh({ rows, heap, attributes, parts, troubles }: ScanBatchData): number {
  let bytes = rows.byteLength + heap.length;
  for (const set of attributes) bytes += weighAttributes(set);
  for (const { directory } of parts) bytes += directory.length + 32;
  for (const { path, error } of troubles) bytes += weighTrouble(path, error.message);
  return bytes;
}

function weighTrouble(path: string, message: string): number {
  return 2 * path.length + message.length + 64;
}

function weighAttributes(set: Attributes): number {
  return set.reduce((sum, [name, value]) => sum + name.length + value.length + 16, 0);
}

function copyRow(
  data: ScanBatchData,
  row: number,
  directory: string,
  builder: ScanBatchBuilder,
): void {
  const source = data.rows.subarray(row * ROW_WORDS, (row + 1) * ROW_WORDS);
  const batch = new ScanBatch(data);
  const base = builder.addRow(batch.nameBytes(row));
  const at = builder.rows[base + Column.nameAt];
  builder.rows.set(source, base);
  builder.rows[base + Column.nameAt] = at;
  builder.rows[base + Column.attributes] = 0;
  if (source[Column.linkLength] > 0) {
    const from = source[Column.linkAt];
    builder.setLink(base, data.heap.subarray(from, from + source[Column.linkLength]));
  }
  if (source[Column.attributes] === 0) return;
  const set = data.attributes[source[Column.attributes] - 1];
  if (weighAttributes(set) <= MAX_ATTRIBUTE_BYTES) return builder.setAttributes(base, set);
  const path = joinPath(directory, batch.name(row));
  builder.addTrouble(path, toErrorData(tooManyAttributes(path)));
}

function tooManyAttributes(path: string): OrbitError {
  const text = `describe ${JSON.stringify(path)}: its attributes are larger than 1 MiB`;
  return new OrbitError("exhausted", text, { detail: { path } });
}
