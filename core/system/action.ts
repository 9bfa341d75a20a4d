/** What changes a destination, how it is to be done, and what became of it; plain data. */
import type { ErrorData } from "#core/errors.ts";
import type { Metadata } from "./disk.ts";

/** A regular file's content to be carried from a source base to a destination base. */
export interface CopyAction {
  kind: "copy";
  /** Path under the destination base. */
  path: string;
  /** Path under the source base. */
  sourcePath: string;
  /** Index into `TransferRequest.sources`. */
  source: number;
  /** Size as scanned; the real one is taken when the file is opened. */
  size: number;
  /** Set on the copy. Times are the source's at the moment it was read, if `keepTimes`. */
  metadata: Metadata;
  /** A (then removed) directory may be in the way; it goes only if it is empty. */
  clearsDirectory?: boolean;
}

/**
 * Another name for a regular file of the same base that has no other. Nothing is replaced: when
 * something has the new name, or the file isn't as it was when it was looked at, it is a `conflict`
 * and the old name stays. Killed half-way, the file has both names.
 */
export interface RenameAction {
  kind: "rename";
  path: string;
  /** The name that goes. */
  from: string;
  /** As they were when its content was looked at. */
  size: number;
  mtime: number;
  mtimeNs: number;
  metadata: Metadata;
}

/** Everything else that changes a destination. */
export type PlainAction =
  /** Makes a directory, or accepts one that is there; a non-directory in the way is replaced. */
  | { kind: "directory"; path: string; metadata: Metadata }
  | { kind: "link"; path: string; target: string; metadata: Metadata; clearsDirectory?: boolean }
  | {
    kind: "special";
    path: string;
    mode: number;
    rdevMajor: number;
    rdevMinor: number;
    metadata: Metadata;
    clearsDirectory?: boolean;
  }
  /** A second name for `existing`, a file of the same base or of `existingBase`. */
  | {
    kind: "hardlink";
    path: string;
    existing: string;
    existingBase?: string;
    clearsDirectory?: boolean;
  }
  | RenameAction
  | { kind: "attributes"; path: string; metadata: Metadata }
  | { kind: "delete"; path: string; directory: boolean }
  /**
   * Removes what has arrived elsewhere, if it is still of that version: as `hashFiles` told it, or
   * `versionOfEntry` of what has no content (a directory must be empty). Fails with errno
   * "ECHANGED" otherwise; what is gone already is no failure.
   */
  | { kind: "remove"; path: string; version: string };

/** Anything that changes a destination. */
export type Action = CopyAction | PlainAction;

/** How actions are carried out. */
export interface ActionOptions {
  /**
   * Distinguishes this job's staged files: `.orbit-TAG-HASH.tmp`, beside their final name. Eight
   * characters of a-z and 0-9. A staged file of the same tag is the job's own and may be replaced.
   */
  tag: string;
  /** Read back every written file and compare it with its source before it gets its name. */
  verify: boolean;
  /** Copy what a link points to, as `ScanRequest.followLinks` described it. */
  followLinks: boolean;
  /** Give copies the source's modification time. */
  keepTimes: boolean;
  /** Leave runs of zeros unwritten, as holes. Files that have holes keep them in any case. */
  sparse: boolean;
  /**
   * Overwrite existing regular files instead of replacing them (unless a backup is kept, or the
   * file has other names, which would change with it). Needs both ends on one system; others refuse
   * it with `unsupported`.
   */
  inplace: boolean;
  /** Wait until everything is on stable storage. */
  fsync: boolean;
  /**
   * Keep what is replaced or deleted (but not directories): under this directory, relative to the
   * base or an absolute one that exists, with the suffix added to its name.
   */
  backup?: { directory?: string; suffix: string };
  /** Stage files large enough to be resumed here (relative to the file's directory) instead. */
  partialDirectory?: string;
  /** Keep the staged file of an interrupted large copy. */
  keepPartial: boolean;
  /** Send all of a file that changed, though the destination has most of it; false when absent. */
  wholeFile?: boolean;
}

/** A batch of actions, and where its content comes from. */
export interface TransferRequest {
  /** Absolute base paths on the source system. */
  sources: string[];
  /** Absolute base path on the destination system. */
  base: string;
  actions: Action[];
  options: ActionOptions;
}

/** What became of one action. */
export interface ActionResult {
  /** Absent when it was carried out. */
  error?: ErrorData;
  /** Bytes of content written. */
  bytes: number;
  /** Bytes read back and found equal. */
  verified: number;
  /** Bytes not copied because an earlier attempt had verified them. */
  resumed?: number;
  /** Of `bytes`, those that the destination had already and nobody had to send. */
  matched?: number;
  /** Size of the file as it was copied. */
  size?: number;
}

/** Progress of a large file; its serialised form is the checkpoint that a resume starts from. */
export interface LargeCheckpoint {
  /** Identifies the source's content: size, times and inode when it was opened. */
  sourceVersion: string;
  /** Path of the staged file under the destination base. */
  staged: string;
  segmentBytes: number;
  /** Segment index to lower hex BLAKE3 of its verified content. */
  segments: Record<number, string>;
}
