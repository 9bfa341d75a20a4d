/** A tree of the memory driver. */
import { decodeNameList, type NameList } from "./name_list.ts";
import { OrbitError, systemError } from "#core/errors.ts";
import type {
  AttributeSelection,
  DirectoryListing,
  FileFacts,
  FileHandle,
  ListOptions,
  Metadata,
  Tree,
} from "./disk.ts";
import { pageSize } from "./disk_memory_content.ts";
import { MemoryFile, MemoryListing, selectAttributes } from "./disk_memory_file.ts";
import { factsOf, type Inode, typeOf, type Volume } from "./disk_memory_volume.ts";
import {
  baseName,
  checkEntryPath,
  checkName,
  checkRelativePath,
  joinPath,
  parentOf,
} from "./relative_path.ts";
import { followBeneath } from "./relative_path_follow.ts";
import { type Attributes, FileType } from "./scan_batch.ts";

/** Inodes that a volume says it has room for. */
const inodesShown = 2 ** 31;

/** File operations beneath one directory of a volume. */
export class MemoryTree implements Tree {
  constructor(readonly volume: Volume, readonly base: Inode) {}

  facts(path: string): FileFacts | null {
    checkRelativePath(path);
    try {
      const inode = this.#find("look at", path);
      return inode ? factsOf(inode) : null;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  list(path: string, options: ListOptions = {}): DirectoryListing {
    checkRelativePath(path);
    options.names?.forEach(checkName);
    const real = options.follow ? this.follow("list", path) : path;
    const directory = this.#get("list", real);
    if (typeOf(directory) === FileType.link) throw systemError("ELOOP", "list", path);
    if (!directory.entries) throw systemError("ENOTDIR", "list", path);
    const resolve = (name: string) => this.#referent(joinPath(real, name));
    const listing = new MemoryListing(this.volume, directory, resolve, options.names);
    if (options.twin instanceof MemoryTree) listing.twin = options.twin.#directoryAt(path);
    return listing;
  }

  isEmpty(path: string): boolean {
    using listing = this.list(path);
    return listing.count === 0;
  }

  #directoryAt(path: string): Inode | undefined {
    try {
      const found = this.#get("list", path);
      return found.entries && found;
    } catch {
      return undefined;
    }
  }

  lookUp(path: string, names: NameList): DirectoryListing {
    return this.list(path, { names: decodeNameList(names) });
  }

  openFile(path: string, options: { follow?: boolean } = {}): FileHandle {
    checkRelativePath(path);
    const real = options.follow ? this.follow("open", path) : path;
    return this.#open("open", path, real, false);
  }

  openForWriting(path: string): FileHandle {
    checkRelativePath(path);
    return this.#open("open for writing", path, path, true);
  }

  createFile(path: string): FileHandle {
    const inode = this.#make("create", path, () => this.volume.create(FileType.file | 0o600));
    return new MemoryFile(this.volume, inode, path, true);
  }

  makeDirectory(path: string, permissions: number): void {
    const mode = FileType.directory | permissions & 0o7777;
    this.#make("make directory", path, () => this.volume.create(mode));
  }

  makeLink(path: string, target: string): void {
    checkEntryPath(path);
    if (target === "" || target.includes("\0")) throw systemError("EINVAL", "make link", path);
    this.#make("make link", path, () => this.volume.create(FileType.link | 0o777, { target }));
  }

  readLink(path: string): string {
    checkRelativePath(path);
    const { target } = this.#get("read link", path);
    if (target === undefined) throw systemError("EINVAL", "read link", path);
    return target;
  }

  makeSpecial(path: string, mode: number, rdevMajor: number, rdevMinor: number): void {
    const special = [FileType.fifo, FileType.socket, FileType.block, FileType.character];
    checkEntryPath(path);
    if (!special.includes((mode & FileType.mask) as never)) {
      throw systemError("EINVAL", "make special", path);
    }
    this.#make("make special", path, () => this.volume.create(mode, { rdevMajor, rdevMinor }));
  }

  makeHardLink(existing: string, path: string, from: Tree = this): void {
    checkEntryPath(existing);
    checkEntryPath(path);
    const inode = this.#sibling(from, "link", path).#get("link", existing);
    if (inode.entries) throw systemError("EPERM", "link", existing);
    this.#make("link", path, () => inode);
  }

  rename(from: string, to: string, fromTree: Tree = this): void {
    checkEntryPath(from);
    checkEntryPath(to);
    const source = this.#sibling(fromTree, "rename", to);
    const fromParent = source.#parent("rename", from), toParent = this.#parent("rename", to);
    const here = this.volume.entry(fromParent, baseName(from));
    if (!here) throw systemError("ENOENT", "rename", from);
    const moved = here.inode;
    this.volume.checkName("rename", to, baseName(to));
    if (moved.entries && isWithin(moved, toParent)) throw systemError("EINVAL", "rename", to);
    const there = this.volume.entry(toParent, baseName(to));
    // Two names of one file both stay (POSIX); one name may be respelled where case is folded.
    if (there !== here && there?.inode === moved) return;
    if (there && there !== here) checkReplaceable(moved, there.inode, to);
    // Held, so that the moment without a name frees nothing.
    moved.handles++;
    this.volume.unlink(fromParent, baseName(from));
    this.volume.link(toParent, baseName(to), moved);
    moved.handles--;
  }

  removeFile(path: string): void {
    checkEntryPath(path);
    const parent = this.#parent("remove", path);
    if (this.#get("remove", path).entries) throw systemError("EISDIR", "remove", path);
    this.volume.unlink(parent, baseName(path));
  }

  removeDirectory(path: string): void {
    checkEntryPath(path);
    const parent = this.#parent("remove directory", path);
    const { entries } = this.#get("remove directory", path);
    if (!entries) throw systemError("ENOTDIR", "remove directory", path);
    if (entries.size > 0) throw systemError("ENOTEMPTY", "remove directory", path);
    this.volume.unlink(parent, baseName(path));
  }

  apply(path: string, metadata: Metadata): void {
    checkRelativePath(path);
    this.volume.apply(this.#get("set metadata of", path), metadata, path);
  }

  attributes(path: string, selection: AttributeSelection): Attributes {
    checkRelativePath(path);
    return selectAttributes(this.#get("read attributes of", path), selection);
  }

  syncDirectory(path: string): void {
    checkRelativePath(path);
    const directory = this.#get("sync directory", path);
    if (!directory.entries) throw systemError("ENOTDIR", "sync directory", path);
  }

  space(): { freeBytes: number; totalBytes: number; freeInodes: number } {
    return {
      freeBytes: this.volume.freePages * pageSize,
      totalBytes: this.volume.totalPages * pageSize,
      freeInodes: inodesShown,
    };
  }

  [Symbol.dispose](): void {}

  /** Resolves the links of a path that stay in the tree; returns a path without links. */
  follow(action: string, path: string): string {
    return followBeneath(action, path, (at) => this.#get(action, at).target ?? null);
  }

  /** What a link leads to inside the tree; undefined when to nothing, or out. */
  #referent(path: string): Inode | undefined {
    try {
      return this.#get("look at", this.follow("look at", path));
    } catch (error) {
      if (error instanceof OrbitError) return undefined;
      throw error;
    }
  }

  /** The directory that holds an entry. Throws for links, files and nothing in its place. */
  #parent(action: string, path: string): Inode {
    let at = this.base;
    const parent = parentOf(path);
    for (const name of parent === "" ? [] : parent.split("/")) {
      const next = this.volume.entry(at, name)?.inode;
      if (!next) throw systemError("ENOENT", action, path);
      if (typeOf(next) === FileType.link) throw systemError("ELOOP", action, path);
      if (!next.entries) throw systemError("ENOTDIR", action, path);
      at = next;
    }
    return at;
  }

  #find(action: string, path: string): Inode | undefined {
    if (path === "") return this.base;
    return this.volume.entry(this.#parent(action, path), baseName(path))?.inode;
  }

  #get(action: string, path: string): Inode {
    const inode = this.#find(action, path);
    if (!inode) throw systemError("ENOENT", action, path);
    return inode;
  }

  #open(action: string, path: string, real: string, writable: boolean): FileHandle {
    const inode = this.#get(action, real);
    if (typeOf(inode) === FileType.link) throw systemError("ELOOP", action, path);
    if (!inode.content) throw systemError("EINVAL", action, path);
    return new MemoryFile(this.volume, inode, path, writable);
  }

  /** Puts what `create` gives under a name that must be free. */
  #make(action: string, path: string, create: () => Inode): Inode {
    checkEntryPath(path);
    const parent = this.#parent(action, path), name = baseName(path);
    this.volume.checkName(action, path, name);
    if (this.volume.entry(parent, name)) throw systemError("EEXIST", action, path);
    const inode = create();
    this.volume.link(parent, name, inode);
    return inode;
  }

  #sibling(tree: Tree, action: string, path: string): MemoryTree {
    if (tree instanceof MemoryTree && tree.volume === this.volume) return tree;
    throw systemError("EXDEV", action, path);
  }
}

/** Whether `inner` is `directory` or somewhere beneath it. */
export function isWithin(directory: Inode, inner: Inode): boolean {
  if (directory === inner) return true;
  return [...directory.entries!.values()].some(({ inode }) =>
    inode.entries !== undefined && isWithin(inode, inner)
  );
}

function checkReplaceable(moved: Inode, replaced: Inode, to: string): void {
  if (!replaced.entries) {
    if (moved.entries) throw systemError("ENOTDIR", "rename", to);
    return;
  }
  if (!moved.entries) throw systemError("EISDIR", "rename", to);
  if (replaced.entries.size > 0) throw systemError("ENOTEMPTY", "rename", to);
}

function isMissing(error: unknown): boolean {
  return error instanceof OrbitError && error.detail.errno === "ENOENT";
}
