/** Lines of `orbit chunk`. */
import type { Chunk } from "#core/cdc/mod.ts";
import { toHex } from "#core/hash/mod.ts";
import { escapeName } from "#core/names.ts";
import { nameFields } from "#core/program/output/name_fields.ts";

/** The schema of `orbit chunk --json`. */
export const CHUNK_SCHEMA = "orbit.chunk/1";

/** `OFFSET LENGTH HASH PATH`, or JSON. */
export function chunkLine(path: string, chunk: Chunk, json: { seq: number } | false): string {
  const { offset, length } = chunk;
  const blake3 = toHex(chunk.hash);
  if (json === false) return `${offset} ${length} ${blake3} ${escapeName(path)}`;
  const fields = { ...nameFields("path", path), offset, length, blake3 };
  return JSON.stringify({ schema: CHUNK_SCHEMA, type: "chunk", seq: json.seq, ...fields });
}
