/** What a sync is asked to do: plain data, kept with the job so that a resume means the same. */
import type { AttributeSelection } from "#core/system/disk.ts";
import type { FilterRule } from "./filter/mod.ts";

/** How much is compared after writing. */
export type VerifyMode =
  /** Nothing is read back. */
  | "none"
  /**
   * Every file written is read back and compared with what was read from the source: byte for
   * byte while that is still in memory (files of up to 1 MiB), by BLAKE3 above.
   */
  | "sent"
  /** Like `sent`, and then the whole of both trees is compared by content. */
  | "all";

/** A limit on deletions: a number of entries, or a share of the destination's entries. */
export type DeleteLimit = { count: number } | { percent: number };

/** Options of a sync. Sizes are bytes, rates bytes per second, times milliseconds. */
export interface SyncOptions {
  /** Descend into directories. */
  recursive: boolean;
  preserve: {
    /** Modification times. */
    times: boolean;
    /** Permission bits. */
    permissions: boolean;
    /** Symbolic links as links; without it they are left out (and reported). */
    links: boolean;
    owner: boolean;
    group: boolean;
    /** Device nodes (only a privileged user can make them). */
    devices: boolean;
    /** Fifos and sockets. */
    specials: boolean;
    /** Hard links among the copied files. */
    hardLinks: boolean;
    attributes: boolean;
    acls: boolean;
  };
  /** Copy what links point to instead of the links. */
  followLinks: boolean;
  /** Leave out links that point outside the copied tree. */
  safeLinks: boolean;
  /** Write zero runs as holes. */
  sparse: boolean;
  /** What makes a file that exists on both sides need a copy. */
  compare: "size-and-time" | "size" | "checksum";
  /** Skip files whose destination is newer. */
  update: boolean;
  /** Only update what exists at the destination. */
  existing: boolean;
  /** Only create what doesn't exist at the destination. */
  ignoreExisting: boolean;
  /** Don't cross into other file systems. */
  oneFileSystem: boolean;
  /** Remove from the destination what the source doesn't have. */
  delete: boolean;
  /**
   * With `delete`: give files of the destination that the source has under other names those names,
   * instead of copying and deleting. Found by size and content, so both sides are read: worth it
   * where content has a long way. Nothing is moved when backups are kept. Absent: between machines.
   */
  findRenames?: boolean;
  /**
   * Remove from the source what has arrived: files (and links and specials), or also the
   * directories that this leaves empty. Last, and only what was found equal to its copy right
   * before. Never with `delete`: what was moved by an interrupted run is in no source any more.
   */
  removeSource?: "files" | "all";
  /** Stop before deleting more than this. Default 50 % of the destination's entries. */
  maxDelete: DeleteLimit;
  filter: FilterRule[];
  /** Only these paths (relative to the source), as `--files-from` lists them. */
  files?: string[];
  maxSize?: number;
  minSize?: number;
  /** Keep replaced and deleted files: in this directory, and/or with this suffix. */
  backup?: { directory?: string; suffix: string };
  /** Keep partially copied files when interrupted, optionally in this directory. */
  partial?: { directory?: string };
  /** Directories of the destination whose equal files are hard-linked instead of copied. */
  linkDest: string[];
  /** Write into the destination file itself instead of a staged one. */
  inplace: boolean;
  /** Create the destination's missing parent directories. */
  makePath: boolean;
  verify: VerifyMode;
  /** Between machines: send all of a file that changed, though the destination has most of it. */
  wholeFile: boolean;
  /** Force written files to stable storage before they get their name. */
  fsync: boolean;
  bytesPerSecond?: number;
  /** Instead: a timetable as `parseTimetable` reads it, by the time of the machine with the job. */
  bandwidth?: string;
  /** Give up when nothing at all moves for this long. */
  timeoutMs?: number;
  /** Map owners by number instead of by name. */
  numericIds: boolean;
  /** Report what would be done and change nothing. */
  dryRun: boolean;
}

/** One source of a sync. */
export interface SourcePath {
  /** Absolute path. */
  path: string;
  /** True for `dir/`: the directory's contents rather than the directory itself. */
  contents: boolean;
}

/** A complete order: what to sync where, and how. */
export interface SyncRequest {
  sources: SourcePath[];
  /** Absolute path. */
  destination: string;
  /** `DST/` was written with a trailing slash, so it must be a directory. */
  destinationIsDirectory: boolean;
  options: SyncOptions;
}

/** The options that hold when nothing is asked for: rsync's `-a`, verified. */
export function defaultSyncOptions(): SyncOptions {
  return {
    recursive: true,
    preserve: {
      times: true,
      permissions: true,
      links: true,
      owner: true,
      group: true,
      devices: true,
      specials: true,
      hardLinks: false,
      attributes: false,
      acls: false,
    },
    followLinks: false,
    safeLinks: false,
    sparse: false,
    compare: "size-and-time",
    update: false,
    existing: false,
    ignoreExisting: false,
    oneFileSystem: false,
    delete: false,
    maxDelete: { percent: 50 },
    filter: [],
    linkDest: [],
    inplace: false,
    makePath: false,
    verify: "sent",
    wholeFile: false,
    fsync: false,
    numericIds: false,
    dryRun: false,
  };
}

/** Which extended attributes the options keep. */
export function attributeSelection({ preserve }: SyncOptions): AttributeSelection {
  const { attributes, acls } = preserve;
  return attributes && acls ? "all" : attributes ? "xattr" : acls ? "acl" : "none";
}
