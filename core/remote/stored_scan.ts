/** Batches of entries as bytes to be kept, packed as they travel. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { OrbitError, toOrbitError } from "#core/errors.ts";
import type { ScanBatchData } from "#core/system/scan_batch.ts";
import { ScanTreeResponseSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import { fromScanResponse, toScanResponse } from "./codec/scan.ts";

/** Packs a batch of entries. */
export function encodeScanBatch(batch: ScanBatchData): Uint8Array {
  return toBinary(ScanTreeResponseSchema, create(ScanTreeResponseSchema, toScanResponse(batch)));
}

/** The inverse of {@linkcode encodeScanBatch}. @throws {OrbitError} `corrupt`. */
export function decodeScanBatch(bytes: Uint8Array): ScanBatchData {
  const blame = (field: string, trouble: string) =>
    new OrbitError("corrupt", `read entries that were kept: ${field}: ${trouble}`);
  try {
    return fromScanResponse(fromBinary(ScanTreeResponseSchema, bytes), blame);
  } catch (error) {
    throw error instanceof OrbitError ? error : blame("message", toOrbitError(error).message);
  }
}
