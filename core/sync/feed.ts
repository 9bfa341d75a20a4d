/** Bringing the sources' directories, in order, together with the destination's. */
import { compareNames } from "#core/names.ts";
import type { AttributeSelection } from "#core/system/disk.ts";
import { type NameList, namesOfRows } from "#core/system/name_list.ts";
import type { ScanBatch, ScanPart } from "#core/system/scan_batch.ts";
import type { OrbitSystem, ScanRequest } from "#core/system/system.ts";
import { RowCursor } from "./cursor.ts";

/** Reads the parts of a scan one after the other. */
export class PartReader {
  readonly #batches: AsyncIterator<ScanBatch>;
  /** Called with each batch when it is its turn. */
  onBatch: (batch: ScanBatch) => void = () => {};
  #batch: ScanBatch | undefined;
  #index = 0;
  #ahead: Promise<IteratorResult<ScanBatch>> | undefined;

  constructor(batches: AsyncIterable<ScanBatch>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** Starts reading, so that the first part is on its way before it is asked for. */
  start(): this {
    this.#ahead ??= this.#batches.next();
    this.#ahead.catch(() => {}); // reported when it is awaited
    return this;
  }

  /** The next part without taking it; null at the end. */
  async peek(): Promise<{ batch: ScanBatch; part: ScanPart } | null> {
    while (this.#batch === undefined || this.#index >= this.#batch.data.parts.length) {
      const step = await (this.#ahead ?? this.#batches.next());
      this.#ahead = undefined;
      if (step.done) return null;
      this.#batch = step.value;
      this.#index = 0;
      this.onBatch(step.value);
    }
    return { batch: this.#batch, part: this.#batch.data.parts[this.#index] };
  }

  /** The next part if it is already here. */
  peekHere(): { batch: ScanBatch; part: ScanPart } | null {
    if (this.#batch === undefined || this.#index >= this.#batch.data.parts.length) return null;
    return { batch: this.#batch, part: this.#batch.data.parts[this.#index] };
  }

  /** The next part; null at the end. */
  take = async (): Promise<{ batch: ScanBatch; part: ScanPart } | null> => {
    const next = await this.peek();
    if (next !== null) this.#index++;
    return next;
  };

  async close(): Promise<void> {
    await this.#batches.return?.();
  }
}

/** One directory, and where each source is in it. */
export interface DirectoryGroup {
  directory: string;
  /** The destination doesn't have it yet, or has all that the source has: it isn't listed. */
  isUnlisted: boolean;
  cursors: (RowCursor | undefined)[];
}

/** Some consecutive directories of the sources, and readers of the other sides' listings. */
export interface Window {
  groups: DirectoryGroup[];
  destination: PartReader | undefined;
  linkDestinations: PartReader[];
  /** The last directory has parts that are still to be read. */
  open: boolean;
}

/** What a feed lists beside the sources. */
export interface OtherSides {
  system: OrbitSystem;
  /** Absent when the destination doesn't exist. */
  base: string | undefined;
  linkDest: string[];
  attributes: AttributeSelection;
  /** Whether a directory is known to be missing at the destination. */
  isNew: (directory: string) => boolean;
  /** Entries that no source has matter, too. */
  listWhole: boolean;
  signal?: AbortSignal;
}

/**
 * Yields windows of directories in the sources' order. The next window's listings are asked for
 * while the current one is worked on.
 */
export async function* windows(
  readers: PartReader[],
  others: OtherSides,
): AsyncGenerator<Window> {
  const next = () => nextWindow(readers, others);
  let window = await next();
  while (window !== null) {
    const ahead = window.open ? undefined : next();
    ahead?.catch(() => {}); // reported when it is awaited
    yield window;
    window = await (ahead ?? next());
  }
}

async function nextWindow(readers: PartReader[], others: OtherSides): Promise<Window | null> {
  const groups = readers.length === 1 ? await takeBatch(readers[0]) : await takeOne(readers);
  if (groups.length === 0) return null;
  for (const group of groups) {
    group.isUnlisted = others.isNew(group.directory) || (!others.listWhole && isAllAlike(group));
  }
  const list = (base: string, asked: DirectoryGroup[]) => {
    const directories = asked.map((group) => group.directory);
    const names = asked.map(namesToLookUp);
    const lookUp = others.listWhole ? undefined : asked.map(namesInBulk);
    const request: ScanRequest = {
      base,
      directories,
      names,
      lookUp,
      recursive: false,
      attributes: others.attributes,
    };
    const batches = others.system.scanTree(request, { signal: others.signal });
    return new PartReader(batches).start();
  };
  return {
    groups,
    destination: others.base === undefined
      ? undefined
      : list(others.base, groups.filter((group) => !group.isUnlisted)),
    linkDestinations: others.linkDest.map((base) => list(base, groups)),
    open: groups.at(-1)!.cursors.some((cursor) => cursor?.more),
  };
}

/** A single source: all the directories that its current batch has. */
async function takeBatch(reader: PartReader): Promise<DirectoryGroup[]> {
  const groups: DirectoryGroup[] = [];
  if (await reader.peek() === null) return groups;
  for (let here = reader.peekHere(); here !== null; here = reader.peekHere()) {
    await reader.take();
    const cursor = new RowCursor(here.batch, here.part, reader.take);
    groups.push({ directory: here.part.directory, isUnlisted: false, cursors: [cursor] });
    if (cursor.more) break;
  }
  return groups;
}

/** Several sources: the next directory that any of them has, with all that have it. */
async function takeOne(readers: PartReader[]): Promise<DirectoryGroup[]> {
  const heads = await Promise.all(readers.map((reader) => reader.peek()));
  let first: string | undefined;
  for (const head of heads) {
    if (head === null) continue;
    const directory = head.part.directory;
    if (first === undefined || compareDirectories(directory, first) < 0) first = directory;
  }
  if (first === undefined) return [];
  const cursors: (RowCursor | undefined)[] = [];
  for (let i = 0; i < readers.length; i++) {
    const head = heads[i];
    const here = head !== null && head.part.directory === first;
    if (here) await readers[i].take();
    cursors.push(here ? new RowCursor(head.batch, head.part, readers[i].take) : undefined);
  }
  return [{ directory: first, isUnlisted: false, cursors }];
}

/** Every entry of the only source was left out because the destination has it alike. */
function isAllAlike({ cursors: [cursor, ...others] }: DirectoryGroup): boolean {
  if (cursor === undefined || others.length > 0) return false;
  return cursor.alike.files > 0 && !cursor.hasRow && !cursor.more;
}

/** The only names to look up on the other sides, when the sources list no directory whole. */
function namesToLookUp(group: DirectoryGroup): string[] | null {
  const names = new Set<string>();
  for (const cursor of group.cursors) {
    if (cursor === undefined) continue;
    if (cursor.complete || cursor.more) return null;
    for (let row = cursor.row; row < cursor.end; row++) names.add(cursor.batch.name(row));
  }
  return [...names].sort(compareNames);
}

/** All the names that a group's only source has, when they are all here. */
function namesInBulk({ cursors }: DirectoryGroup): NameList | null {
  const [cursor] = cursors;
  if (cursors.length > 1 || cursor === undefined || cursor.more) return null;
  return namesOfRows(cursor.batch.data, cursor.row, cursor.end);
}

/** Orders directories as a depth-first walk meets them. */
function compareDirectories(a: string, b: string): number {
  if (a === b) return 0;
  const x = a.split("/"), y = b.split("/");
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const order = compareNames(x[i], y[i]);
    if (order !== 0) return order;
  }
  if (a === "") return -1;
  if (b === "") return 1;
  return x.length - y.length;
}
