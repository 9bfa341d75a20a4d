/** What a file job is asked to do: plain data, kept with the job so that a resume means the same. */
import type { ChunkParameters } from "#core/cdc/mod.ts";
import type { FilterRule } from "#core/sync/filter/mod.ts";
import type { SyncOptions } from "#core/sync/options.ts";

/** A file or directory somewhere on the grid. */
export interface Place {
  /** Whose disk; absent for the machine that runs the job. */
  starId?: string;
  /** Absolute path there. */
  path: string;
}

/** How far a job reaches. */
export interface Confined {
  /**
   * Directories, by their absolute paths, that the job doesn't leave on any Star. The Stars see to
   * that, because links may change at any time; without it, the job reaches what the Stars serve.
   */
  scope?: readonly string[];
}

/** Which entries beneath a place are meant. */
export interface Selection {
  filter: FilterRule[];
  /** List mount points but don't descend into them. */
  oneFileSystem: boolean;
}

/** Lists a tree: every entry with its facts. */
export interface ScanOrder extends Selection, Confined {
  kind: "scan";
  at: Place;
}

/** Hashes a file, or every file of a tree. */
export interface HashOrder extends Selection, Confined {
  kind: "hash";
  at: Place;
}

/** Cuts a file, or every file of a tree, into content-defined chunks. */
export interface ChunkOrder extends Selection, Confined {
  kind: "chunk";
  at: Place;
  /** By each file's size when absent. */
  parameters?: ChunkParameters;
}

/** Compares two trees, or two files: what is there, and every byte of it by hash. */
export interface VerifyOrder extends Selection, Confined {
  kind: "verify";
  source: Place;
  destination: Place;
}

/**
 * The kinds of jobs that bring a tree, or a file, from one place to another, as `orbit sync` does
 * on one machine. A `copy` deletes nothing; a `mirror` deletes what the source hasn't; a `move`
 * takes from the source what has arrived; a `sync` does what its options say.
 */
export const SYNC_KINDS = ["copy", "sync", "mirror", "move"] as const;

/** Brings a tree, or a file, from one place to another. */
export interface SyncOrder extends Confined {
  kind: typeof SYNC_KINDS[number];
  source: Place;
  /** `SRC/`: what is in the source, rather than the source itself. */
  contents: boolean;
  destination: Place;
  /** `DST/`: it must be a directory. */
  destinationIsDirectory: boolean;
  /** Content may pass through the machine that runs the job when the ends can't reach each other. */
  relay: boolean;
  /** Each change that is made is told to those who follow the job, beside what fails. */
  changes?: boolean;
  /** What was synced is hashed at the destination when all is done. */
  manifest?: boolean;
  /**
   * Of a dry run: report on this path alone, relative to the source. "" is the source itself.
   */
  explain?: string;
  options: SyncOptions;
}

export type FileOrder = ScanOrder | HashOrder | ChunkOrder | VerifyOrder | SyncOrder;

/** The kinds of file jobs. */
export const FILE_JOB_KINDS = ["scan", "hash", "chunk", "verify", ...SYNC_KINDS] as const;

/** Whether an order is of one of {@linkcode SYNC_KINDS}. */
export function isSyncOrder(order: FileOrder): order is SyncOrder {
  return SYNC_KINDS.some((kind) => kind === order.kind);
}

/** The places that an order is about, the source first. */
export function placesOf(order: FileOrder): Place[] {
  return "at" in order ? [order.at] : [order.source, order.destination];
}

/** Nothing left out. */
export const SELECT_ALL: Readonly<Selection> = { filter: [], oneFileSystem: false };
