/** The lines of files that hold rules or names, with their numbers. */
import { decodeName } from "#core/names.ts";

/** One line, without its end. */
export interface Line {
  readonly text: string;
  /** Counted from 1; in a NUL-separated file, the number of the item. */
  readonly number: number;
}

const lf = 0x0a, cr = 0x0d;

/**
 * The lines that count: not empty and, as rsync has it also for NUL-separated files, not starting
 * with `#` or `;`. Lines end at LF, CR or CRLF; with `nul` they end at NUL and nothing else.
 */
export function* readLines(bytes: Uint8Array, nul: boolean): Generator<Line> {
  let number = 1;
  for (let start = 0; start < bytes.length; number++) {
    let end = start;
    while (end < bytes.length && !(nul ? bytes[end] === 0 : isLineEnd(bytes[end]))) end++;
    const text = decodeName(bytes.subarray(start, end));
    if (text !== "" && !text.startsWith("#") && !text.startsWith(";")) yield { text, number };
    start = end + (!nul && bytes[end] === cr && bytes[end + 1] === lf ? 2 : 1);
  }
}

function isLineEnd(byte: number): boolean {
  return byte === lf || byte === cr;
}
