/** Entries of a scan as lines, straight from the rows of a batch. */
import { encodeName, escapeName, isText } from "#core/names.ts";
import { Column, FileType, ROW_WORDS, type ScanBatch } from "#core/system/scan_batch.ts";

/** The schema of `orbit scan --json`. */
export const SCAN_SCHEMA = "orbit.scan/1";

const KINDS: Record<number, string> = {
  [FileType.file]: "file",
  [FileType.directory]: "directory",
  [FileType.link]: "link",
  [FileType.fifo]: "fifo",
  [FileType.socket]: "socket",
  [FileType.block]: "block",
  [FileType.character]: "character",
};

const LETTERS: Record<number, string> = {
  [FileType.file]: "-",
  [FileType.directory]: "d",
  [FileType.link]: "l",
  [FileType.fifo]: "p",
  [FileType.socket]: "s",
  [FileType.block]: "b",
  [FileType.character]: "c",
};

const PREFIX = `{"schema":"${SCAN_SCHEMA}","type":"entry","seq":`;

/**
 * One JSON line for each row of the batch, written as text: an object for each entry would cost
 * more than the scan. `mtime` is seconds since 1970 with nine decimals, as a string, because a
 * number would round it; a time before 1970 is the decimal number it is.
 *
 * @param seq The number of the first line.
 * @returns The number after the last line.
 */
export function writeJsonRows(
  batch: ScanBatch,
  seq: number,
  write: (text: string) => void,
): number {
  for (const part of batch.data.parts) {
    for (let row = part.from; row < part.to; row++) {
      const mode = batch.word(row, Column.mode);
      const kind = KINDS[mode & FileType.mask] ?? "unknown";
      const path = pathOf(batch, row, part.directory);
      write(
        `${PREFIX}${seq++},${nameJson("path", path)},"kind":"${kind}","mode":${mode & 0o7777},` +
          `"size":${batch.size(row)},"mtime":"${timeOf(batch, row)}",` +
          `"uid":${batch.word(row, Column.uid)},"gid":${batch.word(row, Column.gid)}` +
          `${
            kind === "link" ? `,${nameJson("target", targetOf(batch, row, part.directory))}` : ""
          }}\n`,
      );
    }
  }
  return seq;
}

/** One line of text for each row: `-rw-r--r-- 1234 1700000000.000000000 path`. */
export function writeTextRows(batch: ScanBatch, write: (text: string) => void): void {
  for (const part of batch.data.parts) {
    for (let row = part.from; row < part.to; row++) {
      const mode = batch.word(row, Column.mode);
      const path = escapeName(pathOf(batch, row, part.directory));
      const target = (mode & FileType.mask) === FileType.link
        ? ` -> ${escapeName(targetOf(batch, row, part.directory))}`
        : "";
      write(`${formatMode(mode)} ${batch.size(row)} ${timeOf(batch, row)} ${path}${target}\n`);
    }
  }
}

/** `-rwxr-sr-t`, as `ls -l` shows a mode. */
export function formatMode(mode: number): string {
  const bits = (shift: number, special: boolean, letter: string) => {
    const three = mode >> shift;
    const execute = (three & 1) !== 0
      ? special ? letter : "x"
      : special
      ? letter.toUpperCase()
      : "-";
    return `${three & 4 ? "r" : "-"}${three & 2 ? "w" : "-"}${execute}`;
  };
  return (LETTERS[mode & FileType.mask] ?? "?") + bits(6, (mode & 0o4000) !== 0, "s") +
    bits(3, (mode & 0o2000) !== 0, "s") + bits(0, (mode & 0o1000) !== 0, "t");
}

function pathOf(batch: ScanBatch, row: number, directory: string): string {
  const name = batch.name(row);
  return directory === "" ? name : name === "" ? directory : `${directory}/${name}`;
}

function targetOf(batch: ScanBatch, row: number, directory: string): string {
  return batch.entry(row, directory).link ?? "";
}

/** Seconds as a decimal number; rows count nanoseconds up from the second below. */
function timeOf({ data: { rows } }: ScanBatch, row: number): string {
  const base = row * ROW_WORDS;
  const seconds = (rows[base + Column.mtimeHi] | 0) * 2 ** 32 + rows[base + Column.mtimeLo];
  const nanoseconds = rows[base + Column.mtimeNs];
  if (seconds < 0 && nanoseconds > 0) {
    const whole = seconds + 1;
    return `${whole === 0 ? "-0" : whole}.${nine(1_000_000_000 - nanoseconds)}`;
  }
  return `${seconds}.${nine(nanoseconds)}`;
}

function nine(nanoseconds: number): string {
  return String(nanoseconds).padStart(9, "0");
}

/** What JSON can't hold as it is. */
// deno-lint-ignore no-control-regex
const NEEDS_ESCAPE = /["\\\x00-\x1f\ud800-\udfff]/;

function nameJson(field: string, name: string): string {
  if (!NEEDS_ESCAPE.test(name)) return `"${field}":"${name}"`;
  const plain = `"${field}":${JSON.stringify(name)}`;
  return isText(name) ? plain : `${plain},"${field}Bytes":"${encodeName(name).toBase64()}"`;
}
