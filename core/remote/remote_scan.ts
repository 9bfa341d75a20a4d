/** Scanning a Star's files. */
import { type Entry, ScanBatch, type ScanBatchData, type ScanRequest } from "#core/system/mod.ts";
import { fromErrorData, OrbitError } from "#core/errors.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { fromScanResponse, isScanBeat, toScanRequest } from "./codec/scan.ts";
import { ScanOrder } from "./scan_order.ts";
import { type ScanPiece, scanPieces } from "./scan_pieces.ts";
import type { StarCalls } from "./star_calls.ts";

/** Entries of a directory that are held as objects. */
const MAX_ENTRIES = 2_000_000;

/** The batches of a scan, each checked. */
export async function* remoteScan(
  star: StarCalls,
  request: ScanRequest,
  signal?: AbortSignal,
): AsyncGenerator<ScanBatch> {
  signal?.throwIfAborted();
  for (const piece of scanPieces(request)) {
    let isAbsent = false;
    for await (const data of scanPiece(star, piece, signal)) {
      if (piece.isContinued) isAbsent = goesOn(data);
      yield new ScanBatch(data);
    }
    if (isAbsent) return;
  }
}

/** Marks parts as followed by others, unless there is nothing to follow. */
function goesOn(data: ScanBatchData): boolean {
  for (const part of data.parts) part.last &&= !part.exists;
  return data.parts.some((part) => !part.exists);
}

async function* scanPiece(
  star: StarCalls,
  { call }: ScanPiece,
  signal?: AbortSignal,
): AsyncGenerator<ScanBatchData> {
  const order = new ScanOrder(call, star.blame);
  const method = StarService.method.scanTree;
  const answers = star.listen(method, toScanRequest(call), isScanBeat, { signal });
  for await (const answer of answers) {
    const data = fromScanResponse(answer, star.blame);
    order.take(data);
    yield data;
  }
  order.end();
}

/** One directory's entries as objects. */
export async function remoteList(
  star: StarCalls,
  path: string,
  signal?: AbortSignal,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const batch of remoteScan(star, { base: path, recursive: false }, signal)) {
    if (batch.data.troubles.length > 0) throw fromErrorData(batch.data.troubles[0].error);
    for (const part of batch.data.parts) {
      for (let row = part.from; row < part.to; row++) entries.push(batch.entry(row, ""));
    }
    if (entries.length > MAX_ENTRIES) throw tooMany(path);
  }
  return entries;
}

function tooMany(path: string): OrbitError {
  const text = `list ${JSON.stringify(path)}: more than ${MAX_ENTRIES} entries (scan it instead)`;
  return new OrbitError("exhausted", text, { detail: { path } });
}
