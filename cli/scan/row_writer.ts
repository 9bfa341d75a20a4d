/**
 * Rows of a scan to lines, byte by byte: making a string of each entry would take longer than
 * scanning it. Only a name with a byte that needs care goes the slow way.
 */
import { encodeName } from "#core/names.ts";
import { joinPath } from "#core/system/relative_path.ts";
import { Column, FileType, ROW_WORDS, type ScanBatch } from "#core/system/scan_batch.ts";
import type { ByteOutput } from "#core/program/output/byte_output.ts";
import type { LineFormat } from "./output.ts";

/** More than a line holds beside its path and its link's target. */
const FIXED_BYTES = 512;

/** Bytes that stand for themselves in every format: printable ASCII but quote and backslash. */
const PLAIN = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c ? 1 : 0,
);

const encoder = new TextEncoder();

/** Writes the rows of batches in one format. */
export class RowWriter {
  readonly #format: LineFormat;
  readonly #output: ByteOutput;
  /** What a line starts with, up to its number; null where lines aren't numbered. */
  readonly #head: Uint8Array | null;
  readonly #afterPath: Uint8Array;
  readonly #beforeTime: Uint8Array;
  readonly #afterTime: Uint8Array;
  readonly #tail: Uint8Array;
  readonly #modes = new Map<number, Uint8Array>();
  #owner = { uid: -1, gid: -1, bytes: new Uint8Array() };
  /** The number of the next line. */
  seq = 0;

  constructor(format: LineFormat, output: ByteOutput, head: string | null) {
    this.#format = format;
    this.#output = output;
    this.#head = head === null ? null : encoder.encode(head);
    this.#afterPath = encoder.encode(format.afterPath);
    this.#beforeTime = encoder.encode(format.beforeTime);
    this.#afterTime = encoder.encode(format.afterTime);
    this.#tail = encoder.encode(format.tail);
  }

  /** Writes a line for each row. */
  write(batch: ScanBatch): void {
    for (const { directory, from, to } of batch.data.parts) {
      if (from === to) continue;
      const before = this.#plainStart(directory);
      for (let row = from; row < to; row++) this.#writeRow(batch, row, directory, before);
    }
  }

  #writeRow(batch: ScanBatch, row: number, directory: string, before: Uint8Array | null): void {
    const output = this.#output;
    const { rows } = batch.data;
    const base = row * ROW_WORDS;
    const mode = rows[base + Column.mode];
    output.reserve(FIXED_BYTES + (before?.length ?? 0) + rows[base + Column.nameLength]);
    if (this.#head !== null) {
      output.putBytes(this.#head);
      output.putNumber(this.seq);
    }
    this.seq++;
    const { pathFirst } = this.#format;
    if (pathFirst) this.#writePath(batch, row, directory, before);
    output.putBytes(this.#modeBytes(mode));
    output.putNumber(batch.size(row));
    output.putBytes(this.#beforeTime);
    this.#writeTime(rows, base);
    output.putBytes(this.#afterTime);
    output.putBytes(this.#ownerBytes(rows[base + Column.uid], rows[base + Column.gid]));
    if (!pathFirst) this.#writePath(batch, row, directory, before);
    if ((mode & FileType.mask) === FileType.link) {
      output.putText(this.#format.target(batch.entry(row, directory).link ?? ""));
    }
    output.reserve(FIXED_BYTES);
    output.putBytes(this.#tail);
    output.endLine();
  }

  /** What stands before the names of a directory's entries; null when it needs care itself. */
  #plainStart(directory: string): Uint8Array | null {
    const bytes = encodeName(directory === "" ? "" : `${directory}/`);
    if (!bytes.every((byte) => PLAIN[byte] === 1)) return null;
    return encoder.encode(this.#format.beforePath + (directory === "" ? "" : `${directory}/`));
  }

  #writePath(batch: ScanBatch, row: number, directory: string, before: Uint8Array | null): void {
    const output = this.#output;
    const { rows, heap } = batch.data;
    const at = rows[row * ROW_WORDS + Column.nameAt];
    const end = at + rows[row * ROW_WORDS + Column.nameLength];
    if (before !== null && isPlain(heap, at, end)) {
      output.putBytes(before);
      output.putBytes(heap, at, end);
      output.putBytes(this.#afterPath);
    } else {
      output.putText(this.#format.path(joinPath(directory, batch.name(row))));
      output.reserve(FIXED_BYTES);
    }
  }

  /** Seconds as a decimal number; rows count nanoseconds up from the second below. */
  #writeTime(rows: Uint32Array, base: number): void {
    const output = this.#output;
    let seconds = (rows[base + Column.mtimeHi] | 0) * 2 ** 32 + rows[base + Column.mtimeLo];
    let nanoseconds = rows[base + Column.mtimeNs];
    if (seconds < 0) {
      output.putByte(0x2d);
      seconds = -seconds;
      if (nanoseconds > 0) {
        seconds -= 1;
        nanoseconds = 1_000_000_000 - nanoseconds;
      }
    }
    output.putNumber(seconds);
    output.putByte(0x2e);
    output.putNineDigits(nanoseconds);
  }

  /** The mode's text; a tree has few different modes. */
  #modeBytes(mode: number): Uint8Array {
    let bytes = this.#modes.get(mode);
    if (bytes === undefined) {
      bytes = encoder.encode(this.#format.mode(mode));
      this.#modes.set(mode, bytes);
    }
    return bytes;
  }

  /** The owner's text; neighbours mostly have one owner. */
  #ownerBytes(uid: number, gid: number): Uint8Array {
    if (this.#owner.uid !== uid || this.#owner.gid !== gid) {
      this.#owner = { uid, gid, bytes: encoder.encode(this.#format.owner(uid, gid)) };
    }
    return this.#owner.bytes;
  }
}

function isPlain(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (PLAIN[bytes[i]] === 0) return false;
  }
  return true;
}
