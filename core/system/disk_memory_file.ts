/** Open files and listings of the memory driver. */
import { OrbitError, systemError } from "#core/errors.ts";
import { compareNames, encodeName } from "#core/names.ts";
import type {
  AlikeRule,
  AttributeSelection,
  DescribeOptions,
  DirectoryListing,
  FileFacts,
  FileHandle,
  Metadata,
} from "./disk.ts";
import { factsOf, type Inode, isSelected, typeOf, type Volume } from "./disk_memory_volume.ts";
import { type Attributes, FileType } from "./scan_batch.ts";
import type { ScanBatchBuilder } from "./scan_batch_builder.ts";

/** An open file in memory. */
export class MemoryFile implements FileHandle {
  #open = true;

  constructor(
    readonly volume: Volume,
    readonly inode: Inode,
    readonly path: string,
    readonly writable: boolean,
  ) {
    inode.handles++;
  }

  facts(): FileFacts {
    return factsOf(this.#use("look at"));
  }

  read(into: Uint8Array, position: number): number {
    return this.#use("read").content!.read(into, position);
  }

  write(from: Uint8Array, position: number): void {
    const inode = this.#useToWrite("write");
    this.#naming("write", () => inode.content!.write(from, position));
    this.volume.touch(inode);
  }

  truncate(size: number): void {
    const inode = this.#useToWrite("truncate");
    inode.content!.truncate(size);
    this.volume.touch(inode);
  }

  nextData(position: number): number {
    return this.#use("look for data in").content!.nextData(position);
  }

  nextHole(position: number): number {
    return this.#use("look for a hole in").content!.nextHole(position);
  }

  apply(metadata: Metadata): void {
    this.volume.apply(this.#use("set metadata of"), metadata, this.path);
  }

  attributes(): Attributes {
    return selectAttributes(this.#use("read attributes of"), "all");
  }

  sync(): void {
    this.#use("sync");
  }

  evict(): void {
    this.#use("evict");
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.inode.handles--;
    this.volume.release(this.inode);
  }

  #use(action: string): Inode {
    if (!this.#open) throw systemError("EBADF", action, this.path);
    return this.inode;
  }

  #useToWrite(action: string): Inode {
    if (!this.writable) throw systemError("EBADF", action, this.path);
    return this.#use(action);
  }

  /** Lets an error of the volume name this file. */
  #naming(action: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof OrbitError) || !error.detail.errno) throw error;
      throw systemError(error.detail.errno, action, this.path);
    }
  }
}

/** A directory's names at the moment of listing; entries are looked up when described. */
export class MemoryListing implements DirectoryListing {
  readonly #entries: { name: string; isDirectory: boolean }[];
  /** The directory that is the listing's twin. */
  twin: Inode | undefined;

  /** @param resolve What a link of this directory leads to inside the tree; undefined for nothing. */
  constructor(
    readonly volume: Volume,
    readonly directory: Inode,
    readonly resolve: (name: string) => Inode | undefined,
    names: readonly string[] | undefined,
  ) {
    const found = names
      ? [...new Set(names)].filter((name) => volume.entry(directory, name))
      : [...directory.entries!.values()].map((entry) => entry.name);
    this.#entries = found.sort(compareNames).map((name) => ({
      name,
      isDirectory: volume.entry(directory, name)!.inode.entries !== undefined,
    }));
  }

  get count(): number {
    return this.#entries.length;
  }

  name(index: number): string {
    return this.#entries[index].name;
  }

  isDirectory(index: number): boolean {
    return this.#entries[index].isDirectory;
  }

  describe(index: number, into: ScanBatchBuilder, options: DescribeOptions): number {
    const { name } = this.#entries[index];
    const itself = this.volume.entry(this.directory, name)?.inode;
    if (!itself) return 0;
    const isFollowed = options.follow && typeOf(itself) === FileType.link;
    const inode = isFollowed ? this.resolve(name) ?? itself : itself;
    into.addEntry(encodeName(name), {
      ...factsOf(inode),
      linkBytes: inode.target === undefined ? undefined : encodeName(inode.target),
      attributes: selectAttributes(inode, options.attributes),
    });
    return inode.mode;
  }

  isAlike(index: number, _described: ScanBatchBuilder, rule: AlikeRule): boolean {
    const { name } = this.#entries[index];
    const here = this.volume.entry(this.directory, name);
    const there = this.twin && this.volume.entry(this.twin, name);
    if (here === undefined || there === undefined) return false;
    const a = factsOf(here.inode), b = factsOf(there.inode);
    return a.size === b.size && a.mtime === b.mtime && a.mtimeNs === b.mtimeNs &&
      ((a.mode ^ b.mode) & (rule.permissions ? ~0 : FileType.mask)) === 0 &&
      (!rule.owner || a.uid === b.uid) && (!rule.group || a.gid === b.gid);
  }

  [Symbol.dispose](): void {}
}

/** The chosen attributes of an inode, as a copy. */
export function selectAttributes(inode: Inode, selection: AttributeSelection): Attributes {
  return inode.attributes
    .filter(([name]) => isSelected(name, selection))
    .map(([name, value]) => [name, value.slice()] as const);
}
