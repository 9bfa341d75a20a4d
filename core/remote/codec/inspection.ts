/** What lies at a path. */
import { type Inspection, ScanBatch } from "#core/system/mod.ts";
import type { InspectResponse, InspectResponseSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Blame } from "./blame.ts";
import { fromWide, toWide } from "./numbers.ts";
import { fromRows, toRows } from "./rows.ts";

export function toInspection(
  { row, space }: Inspection,
): MessageInitShape<typeof InspectResponseSchema> {
  return {
    rows: row && toRows(row),
    space: space && {
      freeBytes: toWide(space.freeBytes, "space.free_bytes"),
      totalBytes: toWide(space.totalBytes, "space.total_bytes"),
      freeInodes: toWide(space.freeInodes, "space.free_inodes"),
    },
  };
}

/** One nameless row, or nothing at all. */
export function fromInspection({ rows, space }: InspectResponse, blame: Blame): Inspection {
  if (rows === undefined) {
    if (space !== undefined) throw blame("space", "of what isn't there");
    return {};
  }
  if (rows.count !== 1) throw blame("rows.count", `${rows.count}, not 1`);
  const row = { ...fromRows(rows, blame, false), parts: [], troubles: [] };
  const inspection: Inspection = { entry: new ScanBatch(row).entry(0, ""), row };
  if (space !== undefined) {
    inspection.space = {
      freeBytes: fromWide(space.freeBytes, "space.free_bytes", blame),
      totalBytes: fromWide(space.totalBytes, "space.total_bytes", blame),
      freeInodes: fromWide(space.freeInodes, "space.free_inodes", blame),
    };
  }
  return inspection;
}
