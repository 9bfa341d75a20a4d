/** Lines of `orbit hash`: b3sum's, and JSON. */
import { formatSumLine, toHex } from "#core/hash/mod.ts";
import { escapeName } from "#core/names.ts";
import { formatNumberOf } from "#core/program/output/format.ts";
import { nameFields } from "#core/program/output/name_fields.ts";

/** The schema of `orbit hash --json`. */
export const HASH_SCHEMA = "orbit.hash/1";

/** The line of a file's hash, as `b3sum` writes it, or as JSON. */
export function hashLine(hash: Uint8Array, name: string, json: { seq: number } | false): string {
  if (json === false) return formatSumLine(hash, name);
  const fields = { ...nameFields("path", name), blake3: toHex(hash) };
  return JSON.stringify({ schema: HASH_SCHEMA, type: "hash", seq: json.seq, ...fields });
}

/** What checking a file came to; `unreadable` has a reason for people. */
export type CheckResult = { status: "ok" } | { status: "differs" } | {
  status: "unreadable";
  reason: string;
};

/** The line about a checked file, worded as b3sum does. */
export function checkLine(
  name: string,
  result: CheckResult,
  json: { seq: number } | false,
): string {
  if (json !== false) {
    const fields = { ...nameFields("path", name), ...result };
    return JSON.stringify({ schema: HASH_SCHEMA, type: "check", seq: json.seq, ...fields });
  }
  const shown = escapeName(name);
  switch (result.status) {
    case "ok":
      return `${shown}: OK`;
    case "differs":
      return `${shown}: FAILED`;
    case "unreadable":
      return `${shown}: FAILED (${escapeName(result.reason)})`;
  }
}

/** Closing lines for standard error; none when all is well. */
export function checkWarnings(counts: { failed: number; badLines: number }): string[] {
  const lines: string[] = [];
  if (counts.badLines > 0) {
    lines.push(`orbit: ${formatNumberOf(counts.badLines, "line")} could not be understood`);
  }
  if (counts.failed > 0) lines.push(`orbit: ${formatNumberOf(counts.failed, "file")} failed`);
  return lines;
}
