/** Open files of the posix driver. */
import {
  Advice,
  At,
  type AttributeTarget,
  check,
  Errno,
  type Libc,
  Seek,
  StatWord,
} from "#core/posix/mod.ts";
import type { FileFacts, FileHandle, Metadata } from "./disk.ts";
import type { AttributeStore } from "./disk_posix_attributes.ts";
import { modeIn, toFacts } from "./disk_posix_facts.ts";
import { applyMetadata, type MetadataTarget } from "./disk_posix_metadata.ts";
import type { Attributes } from "./scan_batch.ts";

/** Owner and permission bits. */
interface Standing {
  uid: number;
  gid: number;
  mode: number;
}

/** What the system gives files that are made alike, in one directory; unknown before a look. */
export interface Birth {
  given?: Standing;
}

/** A regular file by its descriptor, which it owns. */
export class PosixFile implements FileHandle {
  readonly #libc: Libc;
  readonly #store: AttributeStore;
  readonly #path: string;
  #fd: number;
  /** Until its metadata is set. */
  #birth: Birth | undefined;
  factsAtOpening?: FileFacts;

  /**
   * @param path Relative to its tree, for messages.
   * @param birth Of a new file that nobody else can get at.
   */
  constructor(libc: Libc, store: AttributeStore, fd: number, path: string, birth?: Birth) {
    this.#libc = libc;
    this.#store = store;
    this.#fd = fd;
    this.#path = path;
    this.#birth = birth;
  }

  /** For calls that take two descriptors; −1 when closed. */
  get descriptor(): number {
    return this.#fd;
  }

  facts(): FileFacts {
    check(this.#examine(), "examine", this.#path);
    return toFacts(this.#libc.entries.stat);
  }

  read(into: Uint8Array, position: number): number {
    return check(this.#libc.files.pread(this.#fd, into, position), "read", this.#path);
  }

  write(from: Uint8Array, position: number): void {
    check(this.#libc.files.pwrite(this.#fd, from, position), "write", this.#path);
  }

  truncate(size: number): void {
    check(this.#libc.files.ftruncate(this.#fd, size), "truncate", this.#path);
  }

  nextData(position: number): number {
    return this.#seek(position, Seek.data, position);
  }

  nextHole(position: number): number {
    return this.#seek(position, Seek.hole, Infinity);
  }

  /** `unknown` is the answer of a file system that can't tell, up to the file's size. */
  #seek(position: number, whence: number, unknown: number): number {
    const at = this.#libc.files.lseek(this.#fd, position, whence);
    if (at >= 0) return at;
    const { size } = this.facts();
    if (at === -Errno.ENXIO) return size;
    if (at === -Errno.EINVAL || at === -Errno.EOPNOTSUPP) return Math.min(unknown, size);
    return check(at, "find holes of", this.#path);
  }

  apply(metadata: Metadata): void {
    const { files, entries } = this.#libc;
    const attributes: AttributeTarget = { kind: "file", fd: this.#fd };
    const target: MetadataTarget = {
      attributes,
      setOwner: (uid, gid) => files.fchown(this.#fd, uid, gid),
      setPermissions: (permissions) => files.fchmod(this.#fd, permissions),
      setTime: (seconds, nanoseconds) => files.futimens(this.#fd, seconds, nanoseconds),
      permissions: () => {
        const result = this.#examine();
        return result < 0 ? result : modeIn(entries.stat) & 0o7777;
      },
    };
    const lacking = this.#lacking(metadata);
    this.#birth = undefined;
    applyMetadata(target, lacking, this.#store, this.#path);
  }

  /**
   * The metadata without owner and permissions that the file has already: one look costs less than
   * setting both. An ACL may change permissions, so with attributes nothing is left out.
   */
  #lacking(metadata: Metadata): Metadata {
    const { uid, gid, permissions, attributes } = metadata;
    if (attributes !== undefined || permissions === undefined) return metadata;
    const now = this.#standing();
    if (now === undefined) return metadata;
    // A change of owner may take permission bits away.
    if ((uid ?? now.uid) !== now.uid || (gid ?? now.gid) !== now.gid) return metadata;
    const { mtime, mtimeNs } = metadata;
    return {
      permissions: now.mode === (permissions & 0o7777) ? undefined : permissions,
      mtime,
      mtimeNs,
    };
  }

  #standing(): Standing | undefined {
    const birth = this.#birth;
    if (birth?.given !== undefined) return birth.given;
    if (this.#examine() < 0) return undefined;
    const { stat } = this.#libc.entries;
    const { [StatWord.uid]: uid, [StatWord.gid]: gid } = stat;
    const standing = { uid, gid, mode: modeIn(stat) & 0o7777 };
    if (birth !== undefined) birth.given = standing;
    return standing;
  }

  attributes(): Attributes {
    return this.#store.read({ kind: "file", fd: this.#fd }, "all", this.#path);
  }

  sync(): void {
    check(this.#libc.files.fsync(this.#fd), "sync", this.#path);
  }

  evict(): void {
    const { files } = this.#libc;
    check(files.posixFadvise(this.#fd, 0, 0, Advice.dontNeed), "evict", this.#path);
  }

  [Symbol.dispose](): void {
    if (this.#fd < 0) return;
    this.#libc.files.close(this.#fd);
    this.#fd = -1;
  }

  #examine(): number {
    return this.#libc.entries.statx(this.#fd, this.#libc.name(""), At.emptyPath);
  }
}
