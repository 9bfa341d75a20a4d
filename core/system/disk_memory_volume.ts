/** The file system behind the memory driver: inodes, names, room, clock. */
import { systemError } from "#core/errors.ts";
import { compareNames, encodeName } from "#core/names.ts";
import type { AttributeSelection, FileFacts, Metadata } from "./disk.ts";
import { MemoryContent, type PageBudget, pageSize } from "./disk_memory_content.ts";
import { type Attributes, FileType } from "./scan_batch.ts";

/** Longest name, in bytes. */
const maxNameBytes = 255;

/** The device number that every memory volume shows. */
const deviceMajor = 0, deviceMinor = 77;

/** How a volume behaves. */
export interface VolumeOptions {
  /** Milliseconds since 1970, for times of change. */
  now: () => number;
  /** Names that differ only in case are one name. */
  caseInsensitive: boolean;
  /** Room for content, counted in pages of 4096 bytes. */
  capacityBytes: number;
}

/** What is stored under names. */
export interface Inode {
  readonly ino: number;
  /** Type and permissions. */
  mode: number;
  uid: number;
  gid: number;
  nlink: number;
  mtime: number;
  mtimeNs: number;
  ctimeMs: number;
  rdevMajor: number;
  rdevMinor: number;
  attributes: Attributes;
  /** Open handles; content lives until names and handles are gone. */
  handles: number;
  /** Of a regular file. */
  readonly content?: MemoryContent;
  /** Of a link. */
  readonly target?: string;
  /** Of a directory: entries by folded name. */
  readonly entries?: Map<string, { name: string; inode: Inode }>;
}

/** One file system in memory. */
export class Volume {
  readonly root: Inode;
  #nextIno = 1;
  #freePages: number;

  constructor(readonly options: VolumeOptions) {
    this.#freePages = this.totalPages;
    this.root = this.create(FileType.directory | 0o755);
    this.root.nlink = 2;
  }

  get totalPages(): number {
    return Math.floor(this.options.capacityBytes / pageSize);
  }

  get freePages(): number {
    return this.#freePages;
  }

  /** An inode without a name. */
  create(mode: number, more: Partial<Pick<Inode, "target" | "rdevMajor" | "rdevMinor">> = {}) {
    const nowMs = this.options.now();
    const type = mode & FileType.mask;
    const inode: Inode = {
      ino: this.#nextIno++,
      mode,
      uid: 0,
      gid: 0,
      nlink: 0,
      ...toTime(nowMs),
      ctimeMs: nowMs,
      rdevMajor: more.rdevMajor ?? 0,
      rdevMinor: more.rdevMinor ?? 0,
      attributes: [],
      handles: 0,
      target: more.target,
      content: type === FileType.file ? new MemoryContent(this.#budget()) : undefined,
      entries: type === FileType.directory ? new Map() : undefined,
    };
    return inode;
  }

  /** The entry of a directory; undefined when there is none. */
  entry(directory: Inode, name: string): { name: string; inode: Inode } | undefined {
    return directory.entries!.get(this.#fold(name));
  }

  /** Puts an inode under a free name, or replaces what the name holds. */
  link(directory: Inode, name: string, inode: Inode): void {
    const replaced = this.entry(directory, name);
    if (replaced) this.unlink(directory, name);
    directory.entries!.set(this.#fold(name), { name, inode });
    inode.nlink += inode.entries ? 2 : 1;
    if (inode.entries) directory.nlink++;
    this.touch(directory);
    inode.ctimeMs = this.options.now();
  }

  /** Takes a name away; content goes with the last name and handle. */
  unlink(directory: Inode, name: string): void {
    const { inode } = this.entry(directory, name)!;
    directory.entries!.delete(this.#fold(name));
    inode.nlink -= inode.entries ? 2 : 1;
    if (inode.entries) directory.nlink--;
    this.touch(directory);
    inode.ctimeMs = this.options.now();
    this.release(inode);
  }

  /** Frees content that nothing refers to. */
  release(inode: Inode): void {
    if (inode.nlink === 0 && inode.handles === 0) inode.content?.release();
  }

  /** Notes a change of content. */
  touch(inode: Inode): void {
    const nowMs = this.options.now();
    Object.assign(inode, toTime(nowMs), { ctimeMs: nowMs });
  }

  /** Sets metadata; an owner change resets set-user bits first, as a real system does. */
  apply(inode: Inode, metadata: Metadata, path: string): void {
    const { permissions, uid, gid, mtime, mtimeNs, attributes, selection = "all" } = metadata;
    if (permissions !== undefined && inode.target !== undefined) {
      if (permissions !== (inode.mode & 0o7777)) throw systemError("EOPNOTSUPP", "chmod", path);
    }
    if (uid !== undefined || gid !== undefined) {
      if (inode.content) inode.mode &= ~0o6000;
      inode.uid = uid ?? inode.uid;
      inode.gid = gid ?? inode.gid;
    }
    if (permissions !== undefined) inode.mode = inode.mode & FileType.mask | permissions & 0o7777;
    if (attributes) {
      const others = inode.attributes.filter(([name]) => !isSelected(name, selection));
      inode.attributes = copyAttributes([...others, ...attributes]);
    }
    if (mtime !== undefined || mtimeNs !== undefined) {
      inode.mtime = mtime ?? inode.mtime;
      inode.mtimeNs = mtimeNs ?? 0;
    }
    inode.ctimeMs = this.options.now();
  }

  /** Throws ENAMETOOLONG for names that no common file system takes. */
  checkName(action: string, path: string, name: string): void {
    if (name.length * 3 <= maxNameBytes || encodeName(name).length <= maxNameBytes) return;
    throw systemError("ENAMETOOLONG", action, path);
  }

  #budget(): PageBudget {
    return {
      take: (pages) => {
        if (pages > this.#freePages) throw systemError("ENOSPC", "write", "");
        this.#freePages -= pages;
      },
      give: (pages) => this.#freePages += pages,
    };
  }

  #fold(name: string): string {
    return this.options.caseInsensitive ? name.toUpperCase().toLowerCase() : name;
  }
}

/** An inode's facts. */
export function factsOf(inode: Inode): FileFacts {
  const change = toTime(inode.ctimeMs);
  return {
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    nlink: inode.nlink,
    size: inode.content?.size ?? (inode.target === undefined ? 0 : encodeName(inode.target).length),
    mtime: inode.mtime,
    mtimeNs: inode.mtimeNs,
    ctime: change.mtime,
    ctimeNs: change.mtimeNs,
    ino: inode.ino,
    devMajor: deviceMajor,
    devMinor: deviceMinor,
    rdevMajor: inode.rdevMajor,
    rdevMinor: inode.rdevMinor,
    blocks: inode.content?.blocks ?? 0,
  };
}

/** An inode's type bits. */
export function typeOf(inode: Inode): number {
  return inode.mode & FileType.mask;
}

function toTime(milliseconds: number): { mtime: number; mtimeNs: number } {
  const mtime = Math.floor(milliseconds / 1000);
  return { mtime, mtimeNs: Math.floor((milliseconds - mtime * 1000) * 1e6) };
}

/** Whether an attribute is of the selected kind. */
export function isSelected(name: string, selection: AttributeSelection): boolean {
  return selection === "all" ||
    (selection !== "none" && name.startsWith("system.posix_acl_") === (selection === "acl"));
}

function copyAttributes(attributes: Attributes): Attributes {
  const copy = attributes.map(([name, value]) => [name, value.slice()] as const);
  return copy.sort(([a], [b]) => compareNames(a, b));
}
