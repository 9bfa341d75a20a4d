/**
 * Whether the batches of a scan are an answer to what was asked: directories in depth-first order,
 * each asked for or listed before, none left out, names sorted, nothing after the end.
 *
 * A Star that breaks off or makes something up must not look like one whose files are gone or new.
 */
import { decodeName } from "#core/names.ts";
import {
  Column,
  FileType,
  joinPath,
  type NameList,
  ROW_WORDS,
  type ScanBatchData,
  type ScanPart,
} from "#core/system/mod.ts";
import type { Blame } from "./codec/blame.ts";
import type { ScanCall } from "./codec/scan.ts";

/** Directories that wait for their turn: the subdirectories along one path. */
const MAX_PENDING = 4_000_000;

/** A directory that has to be answered. */
interface Expected {
  path: string;
  requested: boolean;
  /** The only names it may have. */
  chosen?: NameList;
}

/** A directory of which a part has come, but not the last. */
interface Open extends Expected {
  /** The name of its last row; one that is reused from row to row. */
  name?: Span;
  /** Next of the chosen names. */
  next: number;
  complete: boolean;
  below: Expected[];
}

/** Bytes in the middle of others. */
interface Span {
  heap: Uint8Array;
  from: number;
  to: number;
}

/** Checks the batches of one scan. */
export class ScanOrder {
  /** The next one is at the end. */
  readonly #expected: Expected[];
  #open: Open | undefined;
  /** Listed directories may be left alone: on other file systems, or where links loop. */
  readonly #maySkip: boolean;

  constructor(readonly call: ScanCall, readonly blame: Blame) {
    this.#maySkip = (call.oneFileSystem ?? false) || (call.followLinks ?? false);
    this.#expected = call.choices.map(({ path, names, lookUp }) => ({
      path,
      requested: true,
      chosen: lookUp ?? names,
    })).reverse();
  }

  /** @throws what `blame` makes when a batch can't follow those before. */
  take(data: ScanBatchData): void {
    for (const part of data.parts) {
      this.#open ??= this.#begin(part);
      this.#checkPart(part, this.#open);
      for (let row = part.from; row < part.to; row++) this.#checkRow(data, row, this.#open);
      if (part.last) this.#finish(this.#open);
    }
  }

  /** @throws what `blame` makes when something is still to come. */
  end(): void {
    if (this.#open !== undefined) {
      throw this.blame("parts", `the end, in the middle of ${quote(this.#open.path)}`);
    }
    const missing = this.#expected.findLast((one) => one.requested || !this.#maySkip);
    if (missing !== undefined) throw this.blame("parts", `the end, before ${quote(missing.path)}`);
  }

  #begin({ directory, complete }: ScanPart): Open {
    for (let next = this.#expected.pop(); next !== undefined; next = this.#expected.pop()) {
      if (next.path === directory) return { ...next, next: 0, complete, below: [] };
      if (next.requested || !this.#maySkip) {
        throw this.blame("parts", `${quote(directory)}, where ${quote(next.path)} comes next`);
      }
    }
    throw this.blame("parts", `${quote(directory)}, which nobody asked for`);
  }

  #checkPart(part: ScanPart, open: Open): void {
    const { directory } = part;
    if (directory !== open.path) {
      throw this.blame("parts", `${quote(directory)} in the middle of ${quote(open.path)}`);
    }
    if (!part.exists) {
      if (!open.requested || part.from !== part.to || !part.last || open.name !== undefined) {
        throw this.blame("parts.exists", `${quote(directory)} is said to be there and absent`);
      }
    } else if (part.complete !== open.complete || (part.complete && open.chosen !== undefined)) {
      throw this.blame("parts.complete", `${quote(directory)} is said to be listed whole`);
    }
  }

  #checkRow({ rows, heap }: ScanBatchData, row: number, open: Open): void {
    const base = row * ROW_WORDS;
    const from = rows[base + Column.nameAt], to = from + rows[base + Column.nameLength];
    if (open.name === undefined) open.name = { heap, from, to };
    else {
      const before = open.name;
      if (compareSpans(before.heap, before.from, before.to, heap, from, to) >= 0) {
        throw this.blame("rows", `names of ${quote(open.path)} are not sorted`);
      }
      before.heap = heap, before.from = from, before.to = to;
    }
    if (open.chosen !== undefined) this.#checkChosen(open.chosen, open.name, open);
    if (!this.call.recursive) return;
    if ((rows[base + Column.mode] & FileType.mask) !== FileType.directory) return;
    if (this.#expected.length + open.below.length >= MAX_PENDING) {
      throw this.blame("rows", `more than ${MAX_PENDING} directories wait to be listed`);
    }
    const name = decodeName(heap.subarray(from, to));
    open.below.push({ path: joinPath(open.path, name), requested: false });
  }

  #checkChosen({ heap, spans }: NameList, name: Span, open: Open): void {
    for (; open.next < spans.length; open.next += 2) {
      const at = spans[open.next], end = at + spans[open.next + 1];
      const order = compareSpans(heap, at, end, name.heap, name.from, name.to);
      if (order === 0) return;
      if (order > 0) break;
    }
    throw this.blame("rows", `an entry of ${quote(open.path)} that nobody asked for`);
  }

  #finish(open: Open): void {
    for (let i = open.below.length - 1; i >= 0; i--) this.#expected.push(open.below[i]);
    this.#open = undefined;
  }
}

/** As `compareBytes`, without an object for each of them. */
function compareSpans(
  a: Uint8Array,
  from: number,
  to: number,
  b: Uint8Array,
  fromB: number,
  toB: number,
): number {
  const shorter = Math.min(to - from, toB - fromB);
  for (let i = 0; i < shorter; i++) {
    const difference = a[from + i] - b[fromB + i];
    if (difference !== 0) return difference;
  }
  return (to - from) - (toB - fromB);
}

function quote(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
