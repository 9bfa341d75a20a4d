/** Walking the audit log's chain. */
import { chainHash, GENESIS } from "./record.ts";

/** The end of the log at some time; worth noting where nobody can change it. */
export interface AuditHead {
  seq: number;
  /** Lower hexadecimal. */
  hash: string;
}

/** Whether the log is what was written. */
export type AuditVerdict =
  | { ok: true; records: number; head?: AuditHead }
  | {
    ok: false;
    /** The first record that isn't what was written, or is missing. */
    brokenAt: number;
    reason: string;
  };

/** A record as it is stored. */
export interface StoredRecord extends AuditHead {
  text: string;
}

/** Checks rows in the order of `seq`. */
export function verifyRows(rows: Iterable<StoredRecord>, known?: AuditHead): AuditVerdict {
  let head: AuditHead = { seq: 0, hash: GENESIS };
  for (const row of rows) {
    const reason = whyBroken(row, head, known);
    if (reason) return { ok: false, brokenAt: Math.min(row.seq, head.seq + 1), reason };
    head = { seq: row.seq, hash: row.hash };
  }
  if (known && known.seq > head.seq) {
    const reason = `the log ends before record ${known.seq}, which is known`;
    return { ok: false, brokenAt: head.seq + 1, reason };
  }
  return { ok: true, records: head.seq, head: head.seq === 0 ? undefined : head };
}

function whyBroken(row: StoredRecord, before: AuditHead, known?: AuditHead): string | undefined {
  const seq = before.seq + 1;
  if (row.seq !== seq) return `record ${seq} is missing; ${row.seq} is next`;
  if (saysSeq(row.text) !== seq) return "its text isn't that of a record of this number";
  if (row.hash !== chainHash(before.hash, row.text)) {
    return "its hash isn't that of its text and the record before";
  }
  if (known?.seq === seq && known.hash !== row.hash) return "its hash isn't the known one";
}

/** The number that a record's text says; undefined when the text isn't a record's. */
function saysSeq(text: string): number | undefined {
  try {
    return JSON.parse(text)?.seq;
  } catch {
    return undefined;
  }
}
