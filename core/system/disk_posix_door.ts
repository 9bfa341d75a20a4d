/** The way from a tree's paths to system calls: a held directory and one name in it. */
import { OrbitError } from "#core/errors.ts";
import { type Address, At, check, Errno, type Libc } from "#core/posix/mod.ts";
import { isOfType, modeIn } from "./disk_posix_facts.ts";
import type { MetadataTarget } from "./disk_posix_metadata.ts";
import { ParentDirectory } from "./disk_posix_parent.ts";
import type { DiskParts } from "./disk_posix_parts.ts";
import { baseName, checkEntryPath, parentOf } from "./relative_path.ts";
import { FileType } from "./scan_batch.ts";

/** Opens what a path of the tree leads to, through links; a descriptor or a negated error number. */
export type OpenFollowing = (path: string, flags: number) => number;

/** A call on a name (as C wants it) in a directory; ≥ 0, or a negated error number. */
type EntryCall = (directory: number, name: Address) => number;

/** A call on two names in two directories. */
type PairCall = (directory: number, name: Address, toDirectory: number, to: Address) => number;

/** The last component of "" (the base), as the system calls take it. */
const SELF = ".";

/** Calls beneath one directory, which it owns. Paths were checked by the caller. */
export class TreeDoor implements Disposable {
  readonly #parts: DiskParts;
  readonly #libc: Libc;
  readonly #follow: OpenFollowing;
  /** The directory last used. */
  readonly parent: ParentDirectory;
  #fd: number;

  constructor(parts: DiskParts, fd: number, follow: OpenFollowing) {
    this.#parts = parts;
    this.#libc = parts.libc;
    this.#fd = fd;
    this.#follow = follow;
    this.parent = new ParentDirectory(parts.opener, fd);
  }

  /** The directory itself; −1 when closed. */
  get base(): number {
    return this.#fd;
  }

  /** Makes a call on an entry; ≥ 0, or a negated error number. */
  call(path: string, call: EntryCall): number {
    const directory = parentOf(path);
    const wasHeld = this.parent.isHeld(directory);
    const result = this.#callIn(directory, path, call);
    if (result !== -Errno.ENOENT || !wasHeld) return result;
    // The held directory may have been removed and made anew by someone else.
    this.parent.drop();
    return this.#callIn(directory, path, call);
  }

  #callIn(directory: string, path: string, call: EntryCall): number {
    const fd = this.parent.open(directory);
    return fd < 0 ? fd : call(fd, this.#libc.name(baseName(path) || SELF));
  }

  /** Does something that takes several calls, and throws, in an entry's directory. */
  within<Result>(path: string, act: (directory: number, name: string) => Result): Result {
    const directory = parentOf(path);
    const name = baseName(path) || SELF;
    const wasHeld = this.parent.isHeld(directory);
    try {
      return act(check(this.parent.open(directory), "open directory of", path), name);
    } catch (error) {
      if (!wasHeld || !isMissing(error)) throw error;
      this.parent.drop();
      return act(check(this.parent.open(directory), "open directory of", path), name);
    }
  }

  /** Makes a call on an entry of `source` and one of this tree. */
  callOnTwo(source: TreeDoor, from: string, to: string, call: PairCall): number {
    checkEntryPath(from);
    checkEntryPath(to);
    const wasHeld = source.parent.isHeld(parentOf(from)) || this.parent.isHeld(parentOf(to));
    const result = this.#callOnTwo(source, from, to, call);
    if (result !== -Errno.ENOENT || !wasHeld) return result;
    source.parent.drop();
    this.parent.drop();
    return this.#callOnTwo(source, from, to, call);
  }

  #callOnTwo(source: TreeDoor, from: string, to: string, call: PairCall): number {
    const fromDirectory = parentOf(from), toDirectory = parentOf(to);
    const fromFd = source.parent.open(fromDirectory);
    if (fromFd < 0) return fromFd;
    // One directory is held for each tree: a second one of the same tree is opened for this call.
    const isSecond = source === this && toDirectory !== "" && toDirectory !== fromDirectory;
    const toFd = isSecond ? this.parent.openAnew(toDirectory) : this.parent.open(toDirectory);
    if (toFd < 0) return toFd;
    const name = this.#libc.name(baseName(from)), otherName = this.#libc.otherName(baseName(to));
    const result = call(fromFd, name, toFd, otherName);
    if (isSecond) this.#libc.files.close(toFd);
    return result;
  }

  /** Opens a path of the tree; a descriptor or a negated error number. */
  open(path: string, flags: number, follow: boolean): number {
    const all = flags | this.#libc.open.closeOnExec;
    return follow ? this.#follow(path, all) : this.#parts.opener.open(this.#fd, path, all);
  }

  /**
   * Opens a regular file without waiting for anything; a descriptor or a negated error number,
   * `EINVAL` for whatever isn't a regular file.
   */
  openRegular(path: string, access: number, follow: boolean): number {
    const { open, entries, files } = this.#libc;
    const flags = access | open.nonBlocking | open.noControllingTerminal | open.closeOnExec;
    const fd = follow ? this.#follow(path, flags) : this.call(
      path,
      (directory, name) => entries.openat(directory, name, flags | open.noFollow),
    );
    // Directories can't be opened for writing, nor sockets at all.
    if (fd === -Errno.EISDIR || fd === -Errno.ENXIO) return -Errno.EINVAL;
    if (fd < 0) return fd;
    const result = entries.statx(fd, this.#libc.name(""), At.emptyPath);
    if (result >= 0 && isOfType(entries.stat, FileType.file)) return fd;
    files.close(fd);
    return result < 0 ? result : -Errno.EINVAL;
  }

  /** An entry as something that metadata can be set on. */
  metadataTarget(directory: number, name: string): MetadataTarget {
    const { entries } = this.#libc;
    const at = () => this.#libc.name(name);
    const mode = () => {
      const result = entries.statx(directory, at(), At.noFollow);
      return result < 0 ? result : modeIn(entries.stat);
    };
    return {
      attributes: { kind: "entry", directory, name },
      setOwner: (uid, gid) => entries.fchownat(directory, at(), uid, gid),
      setTime: (seconds, nanoseconds) => entries.utimensat(directory, at(), seconds, nanoseconds),
      setPermissions: (permissions) => {
        const result = entries.fchmodat(directory, at(), permissions);
        if (result !== -Errno.EOPNOTSUPP) return result;
        return (mode() & FileType.mask) === FileType.link ? 0 : result;
      },
      permissions: mode,
    };
  }

  [Symbol.dispose](): void {
    if (this.#fd < 0) return;
    this.parent[Symbol.dispose]();
    this.#libc.files.close(this.#fd);
    this.#fd = -1;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof OrbitError && error.detail.errno === "ENOENT";
}
