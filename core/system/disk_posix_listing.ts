/** Listed directories of the posix driver. */
import { OrbitError } from "#core/errors.ts";
import { decodeName } from "#core/names.ts";
import { At, check, Errno, failure, ListedType } from "#core/posix/mod.ts";
import type { AlikeRule, DescribeOptions, DirectoryListing } from "./disk.ts";
import type { OpenFollowing } from "./disk_posix_door.ts";
import type { DiskParts } from "./disk_posix_parts.ts";
import { copyToRow, isLikeRow, isOfType, modeIn } from "./disk_posix_facts.ts";
import type { PackedNames } from "./disk_posix_names.ts";
import { joinPath } from "./relative_path.ts";
import { type Attributes, FileType, ROW_WORDS } from "./scan_batch.ts";
import type { ScanBatchBuilder } from "./scan_batch_builder.ts";

/** What an entry is looked at with: it stays itself, and no file system is mounted for it. */
const ITSELF = At.noFollow | At.noAutomount;

const NO_ATTRIBUTES: Attributes = [];

/** An open directory of which some or all names are listed. */
interface OpenListing {
  fd: number;
  path: string;
  names: PackedNames;
  /** The open twin directory. */
  twin?: number;
}

/** A listing over open directories, which it owns. */
export class PosixListing implements DirectoryListing {
  readonly count: number;
  readonly #parts: DiskParts;
  readonly #path: string;
  readonly #names: PackedNames;
  readonly #follow: OpenFollowing;
  readonly #twin: number | undefined;
  #fd: number;

  constructor(parts: DiskParts, opened: OpenListing, follow: OpenFollowing) {
    this.#parts = parts;
    this.#fd = opened.fd;
    this.#twin = opened.twin;
    this.#path = opened.path;
    this.#names = opened.names;
    this.#follow = follow;
    this.count = opened.names.count;
  }

  name(index: number): string {
    return decodeName(this.#names.bytes(index));
  }

  isDirectory(index: number): boolean | undefined {
    const type = this.#names.type(index);
    return type === ListedType.unknown ? undefined : type === ListedType.directory;
  }

  describe(index: number, into: ScanBatchBuilder, options: DescribeOptions): number {
    const { entries } = this.#parts.libc;
    const result = entries.statx(this.#fd, this.#names.address(index), ITSELF);
    if (result === -Errno.ENOENT) return 0;
    if (result < 0) throw failure(result, "examine", this.#pathOf(index));
    if (isOfType(entries.stat, FileType.link)) return this.#describeLink(index, into, options);
    if (options.attributes === "none") return this.#addRow(index, into, NO_ATTRIBUTES, null);
    const attributes = this.#attributes(index, options);
    return attributes === null ? 0 : this.#addRow(index, into, attributes, null);
  }

  isAlike(index: number, described: ScanBatchBuilder, rule: AlikeRule): boolean {
    if (this.#twin === undefined) return false;
    const { entries } = this.#parts.libc;
    if (entries.statx(this.#twin, this.#names.address(index), ITSELF) < 0) return false;
    return isLikeRow(entries.stat, described.rows, (described.count - 1) * ROW_WORDS, rule);
  }

  #describeLink(index: number, into: ScanBatchBuilder, options: DescribeOptions): number {
    if (options.follow) {
      const mode = this.#describeReferent(index, into, options);
      if (mode !== 0) return mode;
    }
    const target = this.#parts.libc.entries.readlinkat(this.#fd, this.#names.address(index));
    if (target === -Errno.ENOENT) return 0;
    // No link any more: something else was put in its place just now.
    if (target === -Errno.EINVAL) return this.describe(index, into, options);
    if (typeof target === "number") throw failure(target, "read link", this.#pathOf(index));
    const attributes = this.#attributes(index, options);
    return attributes === null ? 0 : this.#addRow(index, into, attributes, target);
  }

  /** Describes what a link leads to; 0 when that can't be reached. */
  #describeReferent(index: number, into: ScanBatchBuilder, options: DescribeOptions): number {
    const { libc, store } = this.#parts;
    const path = this.#pathOf(index);
    const fd = this.#follow(path, libc.open.path | libc.open.closeOnExec);
    if (fd < 0) return 0;
    try {
      const attributes = store.read({ kind: "handle", fd }, options.attributes, path);
      check(libc.entries.statx(fd, libc.name(""), At.emptyPath), "examine", path);
      return this.#addRow(index, into, attributes, null);
    } finally {
      libc.files.close(fd);
    }
  }

  /** Adds the facts that were just looked up as the entry's row. */
  #addRow(
    index: number,
    into: ScanBatchBuilder,
    attributes: Attributes,
    target: Uint8Array | null,
  ): number {
    const { stat } = this.#parts.libc.entries;
    const base = into.addRowOf(this.#names.memoryOf(index), this.#names.start(index));
    copyToRow(stat, into.rows, base);
    if (target !== null) into.setLink(base, target);
    if (attributes.length > 0) into.setAttributes(base, attributes);
    return modeIn(stat);
  }

  /** The entry's own attributes; null when it vanished. */
  #attributes(index: number, options: DescribeOptions): Attributes | null {
    if (options.attributes === "none") return NO_ATTRIBUTES;
    const owner = { kind: "entry", directory: this.#fd, name: this.name(index) } as const;
    try {
      return this.#parts.store.read(owner, options.attributes, this.#pathOf(index));
    } catch (error) {
      if (error instanceof OrbitError && error.detail.errno === "ENOENT") return null;
      throw error;
    }
  }

  #pathOf(index: number): string {
    return joinPath(this.#path, this.name(index));
  }

  [Symbol.dispose](): void {
    if (this.#fd < 0) return;
    const { files } = this.#parts.libc;
    files.close(this.#fd);
    if (this.#twin !== undefined) files.close(this.#twin);
    this.#fd = -1;
  }
}
