/** What chunks of files add up to: `orbit chunk --summary`. */
import { type ChunkList, hashAt } from "#core/cdc/mod.ts";
import { formatBytes, formatCount, formatNumberOf } from "#core/program/output/format.ts";
import type { LineForm } from "#core/program/output/line_output.ts";
import { CHUNK_SCHEMA } from "./output.ts";

/** Totals over all files; bytes where a name says so. */
export interface ChunkTotals {
  chunks: number;
  bytes: number;
  /** Of chunks with equal content only one counts. */
  uniqueChunks: number;
  uniqueBytes: number;
}

/** Adds up chunks. Memory grows with the number of different ones, by some 60 bytes each. */
export class ChunkCounter {
  readonly totals: ChunkTotals = { chunks: 0, bytes: 0, uniqueChunks: 0, uniqueBytes: 0 };
  readonly #seen = new Set<string>();

  add(list: ChunkList): void {
    const { totals } = this;
    for (let i = 0; i < list.lengths.length; i++) {
      const length = list.lengths[i];
      totals.chunks++;
      totals.bytes += length;
      const digest = String.fromCharCode(...hashAt(list, i));
      if (this.#seen.has(digest)) continue;
      this.#seen.add(digest);
      totals.uniqueChunks++;
      totals.uniqueBytes += length;
    }
  }
}

/** The line about all files. */
export function summaryLine(totals: ChunkTotals, form: LineForm): string {
  const mean = totals.chunks === 0 ? 0 : Math.round(totals.bytes / totals.chunks);
  if (form !== false) {
    const fields = { ...totals, meanBytes: mean };
    return JSON.stringify({ schema: CHUNK_SCHEMA, type: "summary", seq: form.seq, ...fields });
  }
  const all = `${formatNumberOf(totals.chunks, "chunk")} of ${formatBytes(mean)} on average`;
  const unique = `${formatCount(totals.uniqueChunks)} unique, ${formatBytes(totals.uniqueBytes)}`;
  return `${all}, ${formatBytes(totals.bytes)} in all; ${unique}`;
}
