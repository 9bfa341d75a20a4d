/**
 * Scan results in bulk: fixed rows of 32-bit words plus a heap of bytes, so a batch of thousands
 * of entries crosses a worker or a wire as one buffer and is compared without making an object
 * for each entry.
 *
 * A batch is a sequence of *parts*. A part is a run of entries of one directory, sorted by the
 * bytes of their names; a directory with many entries is spread over consecutive parts, of which
 * the final one has `last` set. Directories come in depth-first order of their sorted names, a
 * directory's own entries before those of its subdirectories.
 */
import type { ErrorData } from "#core/errors.ts";
import { decodeName } from "#core/names.ts";

/** Words a row has. */
export const ROW_WORDS = 22;

/** The columns of a row: the index of each 32-bit word. `Lo`/`Hi` halves make one 64-bit value. */
export const Column = {
  mode: 0,
  uid: 1,
  gid: 2,
  nlink: 3,
  sizeLo: 4,
  sizeHi: 5,
  mtimeLo: 6,
  mtimeHi: 7,
  mtimeNs: 8,
  inoLo: 9,
  inoHi: 10,
  devMajor: 11,
  devMinor: 12,
  rdevMajor: 13,
  rdevMinor: 14,
  blocksLo: 15,
  blocksHi: 16,
  nameAt: 17,
  nameLength: 18,
  /** Symbolic link target. */
  linkAt: 19,
  linkLength: 20,
  /** Index + 1 into the batch's `attributes`, 0 for none. */
  attributes: 21,
} as const;

/** The file type bits of `mode` (POSIX `S_IFMT` and its values). */
export const FileType = {
  mask: 0o170000,
  socket: 0o140000,
  link: 0o120000,
  file: 0o100000,
  block: 0o060000,
  directory: 0o040000,
  character: 0o020000,
  fifo: 0o010000,
} as const;

const KINDS: Record<number, string> = {
  [FileType.file]: "file",
  [FileType.directory]: "directory",
  [FileType.link]: "link",
  [FileType.fifo]: "fifo",
  [FileType.socket]: "socket",
  [FileType.block]: "block",
  [FileType.character]: "character",
};

/** What an entry of that mode is called in JSON. */
export function kindName(mode: number): string {
  return KINDS[mode & FileType.mask] ?? "unknown";
}

/** Extended attributes of one entry: names (text) to values, ACLs among them. Sorted by name. */
export type Attributes = readonly (readonly [name: string, value: Uint8Array])[];

/** A run of entries of one directory. */
export interface ScanPart {
  /** Path of the directory relative to the scan's base; "" is the base itself. */
  directory: string;
  /** First row. */
  from: number;
  /** One past the last row. */
  to: number;
  /** No further part of this directory follows. */
  last: boolean;
  /** False when only chosen names were looked up: what isn't listed may still exist. */
  complete: boolean;
  /** False when the directory doesn't exist (it then has no rows and no error). */
  exists: boolean;
  /** What `ScanRequest.unlike` left out of this part, if anything. */
  alike?: AlikeFiles;
}

/** Files that were left out of a scan's rows. */
export interface AlikeFiles {
  files: number;
  /** The sum of their sizes. */
  bytes: number;
}

/** Something that could not be looked at. `path` is relative to the base. */
export interface ScanTrouble {
  path: string;
  error: ErrorData;
}

/** What a batch is made of; plain data that survives structured cloning. */
export interface ScanBatchData {
  rows: Uint32Array<ArrayBuffer>;
  heap: Uint8Array<ArrayBuffer>;
  attributes: Attributes[];
  parts: ScanPart[];
  troubles: ScanTrouble[];
}

/** One entry as an object; made only for entries that something happens to. */
export interface Entry {
  /** Path relative to the scan's base. */
  path: string;
  /** Type and permission bits, as `st_mode`. */
  mode: number;
  uid: number;
  gid: number;
  nlink: number;
  /** Bytes. */
  size: number;
  /** Modification time: whole seconds since 1970 (may be negative). */
  mtime: number;
  /** Nanoseconds to add to `mtime`, 0 to 999,999,999. */
  mtimeNs: number;
  /** `device:inode`, equal for hard links of one file. */
  identity: string;
  rdevMajor: number;
  rdevMinor: number;
  /** 512-byte units that the file occupies. */
  blocks: number;
  /** Target of a symbolic link. */
  link?: string;
  attributes?: Attributes;
}

/** Reads rows of a {@linkcode ScanBatchData}. */
export class ScanBatch {
  constructor(readonly data: ScanBatchData) {}

  /** One word of a row. */
  word(row: number, column: number): number {
    return this.data.rows[row * ROW_WORDS + column];
  }

  /** Bytes of the row's name; a view, valid as long as the batch. */
  nameBytes(row: number): Uint8Array {
    const at = this.data.rows[row * ROW_WORDS + Column.nameAt];
    return this.data.heap.subarray(at, at + this.data.rows[row * ROW_WORDS + Column.nameLength]);
  }

  /** The row's name. */
  name(row: number): string {
    return decodeName(this.nameBytes(row));
  }

  /** Whether the row is of the given {@linkcode FileType}. */
  isType(row: number, type: number): boolean {
    return (this.data.rows[row * ROW_WORDS + Column.mode] & FileType.mask) === type;
  }

  /** The row's size in bytes. */
  size(row: number): number {
    const base = row * ROW_WORDS;
    return this.data.rows[base + Column.sizeHi] * 2 ** 32 + this.data.rows[base + Column.sizeLo];
  }

  /** The row's `device:inode`, equal for hard links of one file. */
  identity(row: number): string {
    const { rows } = this.data, base = row * ROW_WORDS;
    const inode = rows[base + Column.inoHi] * 2 ** 32 + rows[base + Column.inoLo];
    return `${rows[base + Column.devMajor]}.${rows[base + Column.devMinor]}:${inode}`;
  }

  /** The row as an object. `directory` is the part's. */
  entry(row: number, directory: string): Entry {
    const { rows, heap, attributes } = this.data;
    const base = row * ROW_WORDS;
    const name = this.name(row);
    const linkAt = rows[base + Column.linkAt];
    const entry: Entry = {
      path: directory === "" ? name : name === "" ? directory : `${directory}/${name}`,
      mode: rows[base + Column.mode],
      uid: rows[base + Column.uid],
      gid: rows[base + Column.gid],
      nlink: rows[base + Column.nlink],
      size: this.size(row),
      mtime: (rows[base + Column.mtimeHi] | 0) * 2 ** 32 + rows[base + Column.mtimeLo],
      mtimeNs: rows[base + Column.mtimeNs],
      identity: this.identity(row),
      rdevMajor: rows[base + Column.rdevMajor],
      rdevMinor: rows[base + Column.rdevMinor],
      blocks: rows[base + Column.blocksHi] * 2 ** 32 + rows[base + Column.blocksLo],
    };
    if ((entry.mode & FileType.mask) === FileType.link) {
      entry.link = decodeName(heap.subarray(linkAt, linkAt + rows[base + Column.linkLength]));
    }
    const attribute = rows[base + Column.attributes];
    if (attribute !== 0) entry.attributes = attributes[attribute - 1];
    return entry;
  }
}
