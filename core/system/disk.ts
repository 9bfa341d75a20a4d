/**
 * The port beneath `OrbitSystem`: one synchronous driver for files on this machine.
 *
 * Drivers: `posix` (libc, Linux), `pure` (Deno's own calls), `memory` (tests and simulations), and
 * a fault-injecting decorator. All file work of Orbit is written once, over this port
 * (`core/system/work`), and runs inside file workers; synchronous because that is what is fast
 * there, and what a Landlock domain can hold.
 *
 * Contract, for every driver:
 * - A `Tree` is confined to its base. Relative paths have no empty, "." or ".." component, no NUL,
 *   and don't start with "/"; anything else throws `invalid` before the system is asked. No
 *   operation follows a symbolic link in any component unless its comment says so; one that would
 *   have to throws `denied` and touches nothing. Those that do follow stay under the disk's roots.
 * - Failures are `OrbitError` from `systemError(errno, action, path)` with `detail.errno` set, on
 *   every driver, so callers tell cases apart by `detail.errno`.
 * - Handles and trees are `Disposable` and are closed by whoever opened them. Disposal never throws.
 */
import type { NameList } from "./name_list.ts";
import type { Attributes } from "./scan_batch.ts";
import type { ScanBatchBuilder } from "./scan_batch_builder.ts";

export type { Attributes };

/** What a driver can do; asked before work starts, so lacks are refused by name. */
export interface DiskFeatures {
  /** The smallest step of a modification time it can read and set, in nanoseconds. */
  timeStepNs: number;
  /** Names that are not UTF-8 can be read and written. */
  byteNames: boolean;
  /** Extended attributes. */
  attributes: boolean;
  /** Fifos, sockets and device nodes can be made. */
  specials: boolean;
  /** Holes are found without reading (`SEEK_HOLE`). */
  findsHoles: boolean;
  /** The only groups that files can be given; absent for a privileged user, who may give any. */
  groups?: readonly number[];
  /** Confinement is the kernel's (`openat2`), not only checked by Orbit. */
  kernelConfinement: boolean;
}

/** Facts of one file. Times as in `Entry`. */
export interface FileFacts {
  mode: number;
  uid: number;
  gid: number;
  nlink: number;
  size: number;
  mtime: number;
  mtimeNs: number;
  /** Status change time, for noticing that a file changed while it was read. */
  ctime: number;
  ctimeNs: number;
  /** Whole inode number; above 2^53 it loses its lowest bits. */
  ino: number;
  devMajor: number;
  devMinor: number;
  rdevMajor: number;
  rdevMinor: number;
  blocks: number;
}

/** What can be set on an entry; what is absent is left alone. */
export interface Metadata {
  /** Permission bits (`mode & 0o7777`). */
  permissions?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  mtimeNs?: number;
  /** The complete set of the kind that `selection` says: attributes not named are removed. */
  attributes?: Attributes;
  /** Which kind `attributes` is the complete set of; default "all". */
  selection?: AttributeSelection;
}

/** An open regular file (or, for `stat`, anything that was opened). */
export interface FileHandle extends Disposable {
  facts(): FileFacts;
  /** What the facts were when it was opened, if opening it brought them along. */
  readonly factsAtOpening?: FileFacts;
  /** Reads at `position`; returns the bytes read, fewer than asked only at the end of the file. */
  read(into: Uint8Array, position: number): number;
  /** Writes all of `from` at `position`. */
  write(from: Uint8Array, position: number): void;
  truncate(size: number): void;
  /** Start of the first data at or after `position`, or the file's size when none follows. */
  nextData(position: number): number;
  /** Start of the first hole at or after `position` (the file's size counts as one). */
  nextHole(position: number): number;
  /** Sets metadata through the open file. */
  apply(metadata: Metadata): void;
  attributes(): Attributes;
  /** Waits until data and metadata are on stable storage. */
  sync(): void;
  /** Asks the system to drop cached pages of a synced file, so that the next read asks the disk. */
  evict(): void;
}

/** A listed directory: names sorted by their bytes. */
export interface DirectoryListing extends Disposable {
  readonly count: number;
  /** The name at `index`, decoded. */
  name(index: number): string;
  /**
   * Whether the entry is a directory, as far as the listing itself tells; undefined when the
   * system gave no type.
   */
  isDirectory(index: number): boolean | undefined;
  /**
   * Looks the entry up and adds its row to the batch. Returns its mode, or 0 if it vanished.
   * With `follow`, a symbolic link's referent is described instead (a dangling link, or one that
   * leads outside the disk's roots, as the link itself).
   */
  describe(index: number, into: ScanBatchBuilder, options: DescribeOptions): number;
  /**
   * Whether the twin directory, if the listing was asked for with one, has a regular file of this
   * name that is like the one described last, whose row is the last of `described`. Absent where
   * the driver can't tell.
   */
  isAlike?(index: number, described: ScanBatchBuilder, rule: AlikeRule): boolean;
}

/** What must be equal in files that are alike, beside their sizes and modification times. */
export interface AlikeRule {
  permissions: boolean;
  owner: boolean;
  group: boolean;
}

export interface ListOptions {
  /** Look only these up. */
  names?: string[];
  /** The directory may be reached through links that stay within the confinement. */
  follow?: boolean;
  /**
   * Where the directory of the same path, if there is one, is the listing's twin. Of another driver,
   * or of a root that may only be read, it may be as if there were none.
   */
  twin?: Tree;
}

export interface DescribeOptions {
  follow: boolean;
  /** Fetch extended attributes: all, only ACLs, all but ACLs, or none. */
  attributes: AttributeSelection;
}

/** Which extended attributes are meant. */
export type AttributeSelection = "none" | "all" | "acl" | "xattr";

/** Files that have no name while they are written, and so leave nothing behind. */
export interface NamelessFiles {
  /**
   * Creates a file in the directory of `path`, open for reading and writing; it is gone when it is
   * closed before it has a name. The system may take some of the permissions away. Null where the
   * file system has no such files.
   */
  create(path: string, permissions: number): FileHandle | null;
  /**
   * Gives a file of {@linkcode create} its name, which must not exist, in the directory that it was
   * made in. False, with nothing done, where the system doesn't.
   */
  name(file: FileHandle, path: string): boolean;
}

/** File operations beneath one directory. All paths are relative to it; "" is the base itself. */
export interface Tree extends Disposable {
  /** Facts of an entry, not following a link; null when it doesn't exist. */
  facts(path: string): FileFacts | null;
  /**
   * Lists a directory. With `names`, missing ones are left out.
   */
  list(path: string, options?: ListOptions): DirectoryListing;
  /** Whether a directory has no entries; absent where telling it takes reading all of them. */
  isEmpty?(path: string): boolean;
  /**
   * A listing of exactly the given names, without reading the directory: faster when its other
   * entries don't matter. Whether a name exists shows when it is described. No links are followed.
   */
  lookUp(path: string, names: NameList): DirectoryListing;
  /** Opens a regular file for reading. Not blocked by a fifo: anything else throws `invalid`. */
  openFile(path: string, options?: { follow?: boolean }): FileHandle;
  /** Opens an existing regular file for reading and writing. */
  openForWriting(path: string): FileHandle;
  /** Creates a file that must not exist, mode 0600, open for reading and writing. */
  createFile(path: string): FileHandle;
  /** Absent where the driver knows no such files. */
  readonly nameless?: NamelessFiles;
  makeDirectory(path: string, permissions: number): void;
  makeLink(path: string, target: string): void;
  readLink(path: string): string;
  /** Makes a fifo, socket or device node of the type bits in `mode`. */
  makeSpecial(path: string, mode: number, rdevMajor: number, rdevMinor: number): void;
  /** A second name for a file of this tree, or of `from` when given. */
  makeHardLink(existing: string, path: string, from?: Tree): void;
  /** Renames within this tree, or into it from `from`, replacing a non-directory atomically. */
  rename(from: string, to: string, fromTree?: Tree): void;
  removeFile(path: string): void;
  removeDirectory(path: string): void;
  /** Sets metadata of an entry itself (of a link, not of what it points to). */
  apply(path: string, metadata: Metadata): void;
  /** Extended attributes of an entry itself. */
  attributes(path: string, selection: AttributeSelection): Attributes;
  /** Waits until a directory's entries are on stable storage. */
  syncDirectory(path: string): void;
  /** Free and total bytes and inodes of the file system under the base. */
  space(): { freeBytes: number; totalBytes: number; freeInodes: number };
}

/** A driver. */
export interface Disk {
  readonly name: "posix" | "pure" | "memory";
  readonly features: DiskFeatures;
  /**
   * Opens the directory at an absolute path as a tree. It must lie, after resolution, under one of
   * the roots that the disk was made with (`denied` otherwise, whether or not it exists).
   * Symbolic links in the path are followed as long as they stay under those roots.
   */
  openTree(path: string): Tree;
  /**
   * The same files, confined to some directories as well, which become the roots of what it gives:
   * nothing leads out of them, links included. They are absolute paths, as far as they lie beneath
   * the roots; a root beneath one of them stays one. A directory that isn't there, or that a link
   * leads to, opens nothing: whoever may write above it could have put that link there.
   */
  within(scope: readonly string[]): Disk & Disposable;
  /** Whether two memories begin with the same bytes, where the driver has a fast way to tell. */
  sameStart?(a: Uint8Array, b: Uint8Array, length: number): boolean;
  /** Zeroed memory to read into, where the driver fills some faster than any other. */
  allocate?(size: number): Uint8Array<ArrayBuffer>;
}
