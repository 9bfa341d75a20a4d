/** Lines of `orbit verify`. */
import { escapeName } from "#core/names.ts";
import { formatBytes, formatDuration, formatNumberOf } from "../output/format.ts";
import { nameFields } from "../output/json.ts";

/** The schema of `orbit verify --json`. */
export const VERIFY_SCHEMA = "orbit.verify/1";

/** One difference between the two sides. */
export interface VerifyDifference {
  /** `missing` from the destination, `extra` there, or there and not equal. */
  status: "missing" | "extra" | "differs";
  path: string;
  /** In what it differs, for people: `content`, `size`, `type`, `link target`. */
  in?: string;
}

/** What a comparison came to. */
export interface VerifyTotals {
  files: number;
  bytes: number;
  differences: number;
  failed: number;
  durationMs: number;
}

/** The line about a difference. */
export function differenceLine(
  difference: VerifyDifference,
  json: { seq: number } | false,
): string {
  const { status, path } = difference;
  if (json !== false) {
    const fields = { ...difference, ...nameFields("path", path) };
    return JSON.stringify({ schema: VERIFY_SCHEMA, type: "difference", seq: json.seq, ...fields });
  }
  const detail = difference.in === undefined ? "" : ` (${difference.in})`;
  return `${status.padEnd(7)}  ${escapeName(path)}${detail}`;
}

/** The last line. */
export function verifyEndLine(totals: VerifyTotals, json: { seq: number } | false): string {
  if (json !== false) {
    return JSON.stringify({ schema: VERIFY_SCHEMA, type: "end", seq: json.seq, ...totals });
  }
  const { files, bytes, differences, failed, durationMs } = totals;
  const verdict = differences === 0 && failed === 0
    ? "all equal"
    : `${formatNumberOf(differences, "difference")}, ${failed} unreadable`;
  const amount = `${formatNumberOf(files, "file")}, ${formatBytes(bytes)}`;
  return `verified ${amount}: ${verdict}; ${formatDuration(durationMs)}`;
}
