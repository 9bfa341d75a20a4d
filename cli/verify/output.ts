/** Lines of `orbit verify`. */
import { escapeName } from "#core/names.ts";
import { formatBytes, formatDuration, formatNumberOf } from "#core/program/output/format.ts";
import { nameFields } from "#core/program/output/name_fields.ts";
import type { LineForm } from "#core/program/output/line_output.ts";

/** The schema of `orbit verify --json`. */
export const VERIFY_SCHEMA = "orbit.verify/1";

/** One difference between what should be and what is. */
export interface VerifyDifference {
  /** `missing` from the checked side, `extra` there, or there and not equal. */
  status: "missing" | "extra" | "differs";
  path: string;
  /** What a sync would do about it, in rsync's eleven letters; `*extra` for what is too much. */
  itemized: string;
  /** In what it differs, for people: `content differs`, `size differs`, `type differs`. */
  reason: string;
}

/** What a comparison came to. */
export interface VerifyTotals {
  /** Files of the side that the other is compared with, and their bytes. */
  files: number;
  bytes: number;
  differences: number;
  /** Entries that could not be looked at. */
  failed: number;
  durationMs: number;
}

/** The letters of what a side has too much. */
export const ITEMIZED_EXTRA = "*extra     ";

/** The line about a difference. */
export function differenceLine(difference: VerifyDifference, form: LineForm): string {
  const { itemized, path, reason } = difference;
  if (form !== false) {
    const fields = { ...difference, itemized: itemized.trimEnd(), ...nameFields("path", path) };
    return JSON.stringify({ schema: VERIFY_SCHEMA, type: "difference", seq: form.seq, ...fields });
  }
  const name = path === "" ? "." : escapeName(path);
  const slash = itemized[1] === "d" && path !== "" ? "/" : "";
  return `${itemized.padEnd(11)} ${name}${slash}  (${reason})`;
}

/** The last line. `sides` names what was compared with what. */
export function verifyEndLine(totals: VerifyTotals, sides: string, form: LineForm): string {
  if (form !== false) {
    return JSON.stringify({ schema: VERIFY_SCHEMA, type: "end", seq: form.seq, ...totals });
  }
  const { files, bytes, differences, failed, durationMs } = totals;
  const verdict = differences === 0 && failed === 0
    ? "all equal"
    : `${formatNumberOf(differences, "difference")}, ${failed} unreadable`;
  const amount = `${formatNumberOf(files, "file")}, ${formatBytes(bytes)}`;
  return `verified ${sides}: ${amount}: ${verdict}; ${formatDuration(durationMs)}`;
}
