/** Walking the rows of one directory on one side, part after part. */
import {
  type AlikeFiles,
  Column,
  FileType,
  ROW_WORDS,
  type ScanBatch,
  type ScanPart,
} from "#core/system/scan_batch.ts";

/** Gives the next part of the directory a cursor is in, or null when there is none. */
export type NextPart = () => Promise<{ batch: ScanBatch; part: ScanPart } | null>;

/** A position in a directory's sorted rows. */
export class RowCursor {
  batch: ScanBatch;
  row: number;
  end: number;
  /** Parts follow the current one. */
  more: boolean;
  /** Every part so far listed the whole directory, without trouble. */
  complete: boolean;
  /** What was left out of the parts so far, and not taken yet (`ScanRequest.unlike`). */
  readonly alike: AlikeFiles = { files: 0, bytes: 0 };
  readonly #next: NextPart;

  constructor(batch: ScanBatch, part: ScanPart, next: NextPart) {
    this.batch = batch;
    this.row = part.from;
    this.end = part.to;
    this.more = !part.last;
    this.complete = part.complete;
    this.#addAlike(part);
    this.#next = next;
  }

  /** A row is there to be read. */
  get hasRow(): boolean {
    return this.row < this.end;
  }

  /** No row is there, but a part may bring one: {@linkcode pull} first. */
  get isDry(): boolean {
    return this.row >= this.end && this.more;
  }

  /** Fetches the next part. */
  async pull(): Promise<void> {
    const following = await this.#next();
    if (following === null) {
      this.more = false;
      return;
    }
    this.batch = following.batch;
    this.row = following.part.from;
    this.end = following.part.to;
    this.more = !following.part.last;
    this.complete &&= following.part.complete;
    this.#addAlike(following.part);
  }

  #addAlike({ alike }: ScanPart): void {
    if (alike === undefined) return;
    this.alike.files += alike.files;
    this.alike.bytes += alike.bytes;
  }
}

/** Orders the names at two cursors by their bytes. */
export function compareRows(a: RowCursor, b: RowCursor): number {
  const x = a.batch.data, y = b.batch.data;
  const xBase = a.row * ROW_WORDS, yBase = b.row * ROW_WORDS;
  const xAt = x.rows[xBase + Column.nameAt], yAt = y.rows[yBase + Column.nameAt];
  const xLength = x.rows[xBase + Column.nameLength], yLength = y.rows[yBase + Column.nameLength];
  const length = xLength < yLength ? xLength : yLength;
  const xHeap = x.heap, yHeap = y.heap;
  for (let i = 0; i < length; i++) {
    const difference = xHeap[xAt + i] - yHeap[yAt + i];
    if (difference !== 0) return difference;
  }
  return xLength - yLength;
}

/** What one visit of {@linkcode mergeRows} is about; a side without the name is undefined. */
export interface RowVisitor {
  /** `source` is at the row (of the source that is chosen among those that have it), or undefined. */
  visit(
    source: RowCursor | undefined,
    sourceIndex: number,
    destination: RowCursor | undefined,
    linkDestinations: readonly (RowCursor | undefined)[],
  ): void;
  /** Called whenever parts ran out and more must be fetched, and at the end. */
  flush(): Promise<void>;
}

/**
 * Joins the sorted rows of one directory on all sides: visits every name once, in order, with the
 * rows that have it. Of several sources with one name, the first is visited, but a directory before
 * anything else: another source may have contents for it.
 */
export async function mergeRows(...args: Parameters<typeof mergeInSteps>): Promise<void> {
  for await (const _ of mergeInSteps(...args));
}

/**
 * The same in steps, one for each flush, so that what the visitor gathered can be taken away
 * before more is read.
 */
export async function* mergeInSteps(
  sources: readonly (RowCursor | undefined)[],
  destination: RowCursor | undefined,
  linkDestinations: readonly (RowCursor | undefined)[],
  visitor: RowVisitor,
): AsyncGenerator<void> {
  const cursors = [...sources, destination, ...linkDestinations].filter((c) => c !== undefined);
  while (true) {
    const dry = cursors.filter((cursor) => cursor.isDry);
    if (dry.length > 0) {
      await visitor.flush();
      yield;
      for (const cursor of dry) await cursor.pull();
      continue;
    }
    if (!cursors.some((cursor) => cursor.hasRow)) break;
    visitAvailable(sources, destination, linkDestinations, visitor);
  }
  await visitor.flush();
}

/** Visits until a cursor runs dry or all have ended. */
function visitAvailable(
  sources: readonly (RowCursor | undefined)[],
  destination: RowCursor | undefined,
  linkDestinations: readonly (RowCursor | undefined)[],
  visitor: RowVisitor,
): void {
  const links: (RowCursor | undefined)[] = new Array(linkDestinations.length);
  while (true) {
    let first: RowCursor | undefined;
    let firstIndex = -1;
    for (let i = 0; i < sources.length; i++) {
      const cursor = sources[i];
      if (cursor === undefined || !cursor.hasRow) continue;
      const order = first === undefined ? -1 : compareRows(cursor, first);
      if (order < 0 || (order === 0 && isDirectoryRow(cursor) && !isDirectoryRow(first!))) {
        first = cursor;
        firstIndex = i;
      }
    }
    let there = destination?.hasRow ? destination : undefined;
    if (first !== undefined && there !== undefined) {
      const order = compareRows(first, there);
      if (order > 0) first = undefined;
      else if (order < 0) there = undefined;
    }
    const leader = first ?? there;
    if (leader === undefined) {
      for (const cursor of linkDestinations) if (cursor) cursor.row = cursor.end;
      return;
    }
    for (let i = 0; i < linkDestinations.length; i++) {
      links[i] = seek(linkDestinations[i], leader);
      if (linkDestinations[i]?.isDry) return;
    }
    visitor.visit(first, firstIndex, there, links);
    if (advance(sources, first, there, links)) return;
  }
}

function isDirectoryRow(cursor: RowCursor): boolean {
  return cursor.batch.isType(cursor.row, FileType.directory);
}

/** Moves past the visited name everywhere; true when a cursor ran dry. */
function advance(
  sources: readonly (RowCursor | undefined)[],
  first: RowCursor | undefined,
  there: RowCursor | undefined,
  links: readonly (RowCursor | undefined)[],
): boolean {
  let dry = false;
  const step = (cursor: RowCursor) => {
    cursor.row++;
    dry ||= cursor.isDry;
  };
  if (first !== undefined) {
    for (const cursor of sources) {
      if (cursor === undefined || cursor === first || !cursor.hasRow) continue;
      if (compareRows(cursor, first) === 0) step(cursor);
    }
    step(first);
  }
  if (there !== undefined) step(there);
  for (const cursor of links) if (cursor !== undefined) step(cursor);
  return dry;
}

/** Moves a cursor to the leader's name; undefined when it doesn't have it. */
function seek(cursor: RowCursor | undefined, leader: RowCursor): RowCursor | undefined {
  if (cursor === undefined) return undefined;
  while (cursor.hasRow) {
    const order = compareRows(cursor, leader);
    if (order === 0) return cursor;
    if (order > 0) return undefined;
    cursor.row++;
  }
  return undefined;
}
