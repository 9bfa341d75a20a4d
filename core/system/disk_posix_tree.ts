/** Trees of the posix driver. */
import { OrbitError, systemError } from "#core/errors.ts";
import { decodeName, encodeName } from "#core/names.ts";
import { At, check, Errno, failure, type Libc, ListedType } from "#core/posix/mod.ts";
import type {
  AttributeSelection,
  DirectoryListing,
  FileFacts,
  FileHandle,
  ListOptions,
  Metadata,
  Tree,
} from "./disk.ts";
import { type OpenFollowing, TreeDoor } from "./disk_posix_door.ts";
import { isOfType, toFacts } from "./disk_posix_facts.ts";
import { PosixFile } from "./disk_posix_file.ts";
import { PosixListing } from "./disk_posix_listing.ts";
import { applyMetadata } from "./disk_posix_metadata.ts";
import { PosixNamelessFiles } from "./disk_posix_nameless.ts";
import type { NameList } from "./name_list.ts";
import { type PackedNames, packNameList, packNames, type TypedName } from "./disk_posix_names.ts";
import type { DiskParts } from "./disk_posix_parts.ts";
import { checkEntryPath, checkName, checkRelativePath } from "./relative_path.ts";
import { type Attributes, FileType } from "./scan_batch.ts";

const SPECIAL_TYPES: readonly number[] = [
  FileType.fifo,
  FileType.socket,
  FileType.block,
  FileType.character,
];

/** A tree over the directory it holds. */
export class PosixTree implements Tree {
  readonly #parts: DiskParts;
  readonly #libc: Libc;
  readonly #door: TreeDoor;
  readonly #follow: OpenFollowing;
  readonly nameless: PosixNamelessFiles;

  /** @param fd The base, which the tree owns from here on. */
  constructor(parts: DiskParts, fd: number, follow: OpenFollowing) {
    this.#parts = parts;
    this.#libc = parts.libc;
    this.#follow = follow;
    this.#door = new TreeDoor(parts, fd, follow);
    this.nameless = new PosixNamelessFiles(parts, this.#door);
  }

  facts(path: string): FileFacts | null {
    checkRelativePath(path);
    const { entries } = this.#libc;
    const flags = At.noFollow | At.noAutomount;
    const result = this.#door.call(path, (at, name) => entries.statx(at, name, flags));
    if (result === -Errno.ENOENT) return null;
    check(result, "examine", path);
    return toFacts(entries.stat);
  }

  list(path: string, options: ListOptions = {}): DirectoryListing {
    checkRelativePath(path);
    options.names?.forEach(checkName);
    const { open, files } = this.#libc;
    const flags = open.readOnly | open.directory;
    const fd = check(this.#door.open(path, flags, options.follow ?? false), "list", path);
    try {
      const names = options.names ? this.#lookUp(fd, options.names) : this.#readNames(fd, path);
      const twin = options.twin instanceof PosixTree ? options.twin.#openQuietly(path) : undefined;
      return new PosixListing(this.#parts, { fd, path, names, twin }, this.#follow);
    } catch (error) {
      files.close(fd);
      throw error;
    }
  }

  isEmpty(path: string): boolean {
    checkRelativePath(path);
    const { open, files } = this.#libc;
    const fd = check(this.#door.open(path, open.readOnly | open.directory, false), "list", path);
    try {
      const isEmpty = this.#parts.reader.isEmpty(fd);
      if (typeof isEmpty === "number") throw failure(isEmpty, "list", path);
      return isEmpty;
    } finally {
      files.close(fd);
    }
  }

  /** A directory to look names up in; undefined when it can't be had. */
  #openQuietly(path: string): number | undefined {
    const { open } = this.#libc;
    const fd = this.#door.open(path, open.path | open.directory, false);
    return fd < 0 ? undefined : fd;
  }

  lookUp(path: string, names: NameList): DirectoryListing {
    checkRelativePath(path);
    const packed = packNameList(names, (size) => this.#libc.allocate(size));
    const { open } = this.#libc;
    // Not to be read, only searched: that takes no read permission.
    const flags = open.path | open.directory;
    const fd = check(this.#door.open(path, flags, false), "list", path);
    return new PosixListing(this.#parts, { fd, path, names: packed }, this.#follow);
  }

  #readNames(fd: number, path: string): PackedNames {
    const names = this.#parts.reader.read(fd);
    if (typeof names === "number") throw failure(names, "list", path);
    return names;
  }

  /** Those of the chosen names that exist; one that can't be examined is left to `describe`. */
  #lookUp(fd: number, chosen: readonly string[]): PackedNames {
    const { entries } = this.#libc;
    const found: TypedName[] = [];
    for (const name of chosen) {
      const result = entries.statx(fd, this.#libc.name(name), At.noFollow | At.noAutomount);
      if (result === -Errno.ENOENT) continue;
      const isDirectory = isOfType(entries.stat, FileType.directory);
      const known = isDirectory ? ListedType.directory : ListedType.file;
      found.push({ bytes: encodeName(name), type: result < 0 ? ListedType.unknown : known });
    }
    return packNames(found, (size) => this.#libc.allocate(size));
  }

  openFile(path: string, options: { follow?: boolean } = {}): FileHandle {
    checkRelativePath(path);
    const { readOnly, noAccessTime } = this.#libc.open;
    const follow = options.follow ?? false;
    const fd = this.#door.openRegular(path, readOnly | noAccessTime, follow);
    // Only a file's owner may leave its access time alone.
    const isOthers = fd === -Errno.EPERM;
    const file = this.#toFile(isOthers ? this.#door.openRegular(path, readOnly, follow) : fd, path);
    file.factsAtOpening = toFacts(this.#libc.entries.stat);
    return file;
  }

  openForWriting(path: string): FileHandle {
    checkRelativePath(path);
    return this.#toFile(this.#door.openRegular(path, this.#libc.open.readWrite, false), path);
  }

  createFile(path: string): FileHandle {
    checkEntryPath(path);
    const { open, entries } = this.#libc;
    const flags = open.readWrite | open.create | open.exclusive | open.noFollow | open.closeOnExec;
    const fd = this.#door.call(path, (at, name) => entries.openat(at, name, flags, 0o600));
    return new PosixFile(this.#libc, this.#parts.store, check(fd, "create", path), path);
  }

  #toFile(fd: number, path: string): PosixFile {
    if (fd === -Errno.EINVAL) {
      throw new OrbitError("invalid", `open ${JSON.stringify(path)}: not a regular file`, {
        detail: { path, errno: "EINVAL" },
      });
    }
    return new PosixFile(this.#libc, this.#parts.store, check(fd, "open", path), path);
  }

  makeDirectory(path: string, permissions: number): void {
    checkEntryPath(path);
    const { entries } = this.#libc;
    const mode = permissions & 0o7777;
    const result = this.#door.call(path, (at, name) => entries.mkdirat(at, name, mode));
    check(result, "make directory", path);
  }

  makeLink(path: string, target: string): void {
    checkEntryPath(path);
    const { entries } = this.#libc;
    const address = this.#libc.otherName(target);
    const result = this.#door.call(path, (at, name) => entries.symlinkat(address, at, name));
    check(result, "make link", path);
  }

  readLink(path: string): string {
    checkRelativePath(path);
    return this.#door.within(path, (directory, name) => {
      const target = this.#libc.entries.readlinkat(directory, this.#libc.name(name));
      if (typeof target === "number") throw failure(target, "read link", path);
      return decodeName(target);
    });
  }

  makeSpecial(path: string, mode: number, rdevMajor: number, rdevMinor: number): void {
    checkEntryPath(path);
    const type = mode & FileType.mask;
    if (!SPECIAL_TYPES.includes(type)) throw systemError("EINVAL", "make special file", path);
    const { entries } = this.#libc;
    const result = this.#door.call(
      path,
      (at, name) => entries.mknodat(at, name, type | 0o600, rdevMajor, rdevMinor),
    );
    check(result, "make special file", path);
  }

  makeHardLink(existing: string, path: string, from: Tree = this): void {
    const { entries } = this.#libc;
    const source = doorOf(from);
    const result = this.#door.callOnTwo(
      source,
      existing,
      path,
      (...names) => entries.linkat(...names),
    );
    check(result, "link", path);
  }

  rename(from: string, to: string, fromTree: Tree = this): void {
    const { entries } = this.#libc;
    const source = doorOf(fromTree);
    const result = this.#door.callOnTwo(
      source,
      from,
      to,
      (...names) => entries.renameat2(...names),
    );
    // Where one of the two was a directory, what was held beneath it is somewhere else now.
    source.parent.dropBeneath(from);
    this.#door.parent.dropBeneath(to);
    check(result, "rename", from);
  }

  removeFile(path: string): void {
    checkEntryPath(path);
    const { entries } = this.#libc;
    const result = this.#door.call(path, (at, name) => entries.unlinkat(at, name, 0));
    check(result, "remove", path);
  }

  removeDirectory(path: string): void {
    checkEntryPath(path);
    const { entries } = this.#libc;
    this.#door.parent.dropBeneath(path);
    const result = this.#door.call(
      path,
      (at, name) => entries.unlinkat(at, name, At.removeDirectory),
    );
    check(result, "remove directory", path);
  }

  apply(path: string, metadata: Metadata): void {
    checkRelativePath(path);
    this.#door.within(path, (directory, name) => {
      const target = this.#door.metadataTarget(directory, name);
      applyMetadata(target, metadata, this.#parts.store, path);
    });
  }

  attributes(path: string, selection: AttributeSelection): Attributes {
    checkRelativePath(path);
    return this.#door.within(
      path,
      (directory, name) =>
        this.#parts.store.read({ kind: "entry", directory, name }, selection, path),
    );
  }

  syncDirectory(path: string): void {
    checkRelativePath(path);
    const { open, files } = this.#libc;
    const fd = check(this.#door.open(path, open.readOnly | open.directory, false), "sync", path);
    try {
      check(files.fsync(fd), "sync", path);
    } finally {
      files.close(fd);
    }
  }

  space(): { freeBytes: number; totalBytes: number; freeInodes: number } {
    const facts = this.#libc.files.fstatfs(this.#door.base);
    if (typeof facts === "number") throw failure(facts, "measure the space of", "");
    const { freeBytes, totalBytes, inodes, freeInodes } = facts;
    return { freeBytes, totalBytes, freeInodes: inodes === 0 ? Infinity : freeInodes };
  }

  [Symbol.dispose](): void {
    this.#door[Symbol.dispose]();
  }

  /** For the other tree of an operation on two. */
  static doorOf(tree: PosixTree): TreeDoor {
    return tree.#door;
  }
}

function doorOf(tree: Tree): TreeDoor {
  if (tree instanceof PosixTree) return PosixTree.doorOf(tree);
  throw systemError("EXDEV", "use a tree of another disk with", "");
}
