/**
 * `OrbitSystem`: the one door to files, on this machine or another.
 *
 * Everything above it (sync, the job engine, the Nucleus) works on batches and streams and can't
 * tell where the disk is. All paths given to it are absolute and must lie under the system's
 * roots; paths inside a `base` are relative to it and never follow a link out of it. Violations
 * fail with `denied` (outside) or `invalid` (malformed), before anything is touched.
 *
 * Trouble with one item is data in the result; only trouble with the whole call is thrown.
 * Cancelling a `signal` rejects with `signal.reason`; what was already done stays done. Calls that
 * change files end what they are at first, so nothing goes on behind their caller's back.
 */
import type { ErrorData } from "#core/errors.ts";
import type { FilterRule } from "#core/sync/filter/mod.ts";
import type { ChunkList, ChunkParameters } from "#core/cdc/mod.ts";
import type {
  ActionOptions,
  ActionResult,
  LargeCheckpoint,
  PlainAction,
  TransferRequest,
} from "./action.ts";
import type { AlikeRule, AttributeSelection, DiskFeatures } from "./disk.ts";
import type { NameList } from "./name_list.ts";
import type { WorkKeeper, WorkName } from "./named_work.ts";
import type { PackRequest, PackSource } from "./parcel/request.ts";
import type { Entry, ScanBatch, ScanBatchData } from "./scan_batch.ts";

export type * from "./action.ts";

/** Options of everything that may wait. */
export interface CallOptions {
  signal?: AbortSignal;
}

/** What to scan. */
export interface ScanRequest {
  /** Absolute path of a directory. */
  base: string;
  /** Directories to list, relative to `base`; default the base itself. Absent ones are reported. */
  directories?: string[];
  /** For each of the listed `directories`, the only names to look up there; null for all. */
  names?: (string[] | null)[];
  /** As `names`, in bulk; takes their place. */
  lookUp?: (NameList | null)[];
  /** Descend into directories. */
  recursive: boolean;
  /** Entries to leave out (and not descend into), matched against the path relative to `base`. */
  filter?: FilterRule[];
  /** List mount points but don't descend into them. */
  oneFileSystem?: boolean;
  /** Describe and descend into what links point to; loops are reported as trouble. */
  followLinks?: boolean;
  /** Extended attributes to fetch. */
  attributes?: AttributeSelection;
  /** Have several workers scan at the same time, where there are some. */
  wide?: boolean;
  /**
   * Leave out regular files that another directory has alike under the same paths; parts tell how
   * many. Only a hint: any or all of them may have their rows nevertheless. Staged files always do,
   * and all files when attributes are fetched or links followed.
   */
  unlike?: Unlike;
}

/** What a scan's files are compared with. */
export interface Unlike extends AlikeRule {
  /** Absolute path of a directory. */
  base: string;
}

/** Hooks into a transfer. */
export interface TransferOptions extends CallOptions {
  /** Bytes moved, as they move. */
  onBytes?: (written: number, verified: number) => void;
  /** Waits for permission to move so many bytes. */
  pace?: (bytes: number) => Promise<void>;
  /** Earlier progress by index of the action. */
  checkpoints?: Map<number, LargeCheckpoint>;
  onCheckpoint?: (index: number, checkpoint: LargeCheckpoint) => void;
  /** With a name, a system elsewhere goes on with the batch when it loses its caller. */
  name?: WorkName;
  /** Whether a named batch goes on when it is given up for this reason; it ends when absent. */
  goesOn?: (reason: unknown) => boolean;
}

/** The content hash of one file, or why there is none. */
export interface HashResult {
  hash?: Uint8Array;
  /** Bytes hashed. */
  size: number;
  /**
   * Text that changes whenever the content may have, if it was asked for; absent when the file
   * changed while it was hashed.
   */
  version?: string;
  error?: ErrorData;
}

/** Options of {@linkcode OrbitSystem.hashFiles}. */
export interface HashOptions extends CallOptions {
  /** Is told of bytes as they are hashed. */
  onBytes?: (bytes: number) => void;
  /** Tell each file's version, too, and have what was hashed survive a power cut. */
  versions?: boolean;
}

/** What lies at an absolute path. */
export interface Inspection {
  /** Facts of the entry, links followed; absent when nothing is there. */
  entry?: Entry;
  /** The same as one row (its name empty), for comparing. */
  row?: ScanBatchData;
  /** Free and total bytes of the file system, when the path is a directory and it may be asked. */
  space?: { freeBytes: number; totalBytes: number; freeInodes: number };
}

/** What a system offers that can be confined for one who may use a part of it only. */
export interface Confinable<Confined> {
  /**
   * The same, as far as it lies beneath one of these directories (absolute paths): whatever is
   * asked of it and however links are changed meanwhile, nothing else is reached; `denied`. A
   * directory that isn't there, or that is reached through a link, is as if it wasn't named. What is
   * confined belongs to this system, and isn't disposed of.
   */
  within(scope: readonly string[]): Confined;
}

/** Files, wherever they are. */
export interface OrbitSystem
  extends AsyncDisposable, Partial<WorkKeeper>, Partial<Confinable<OrbitSystem>> {
  /** For messages: `local`, or a Star's name. */
  readonly name: string;
  /** What the system can keep. */
  features(options?: CallOptions): Promise<DiskFeatures>;

  /** Lists one directory, sorted by the bytes of the names. */
  scanDirectory(path: string, options?: CallOptions): Promise<Entry[]>;
  /** The first `length` bytes (fewer if the file is shorter); at most 64 KiB. */
  readHeader(path: string, length: number, options?: CallOptions): Promise<Uint8Array>;
  /**
   * BLAKE3 of a range; `length` 0 means to the end.
   * @throws `invalid` when the range leaves the file.
   */
  calculateHash(
    path: string,
    offset: number,
    length: number,
    options?: CallOptions,
  ): Promise<Uint8Array>;
  /**
   * The bytes of a range, in pieces of at most 1 MiB; `length` 0 (or none) means to the end.
   * Nothing is opened before the first piece is asked for.
   */
  openStream(
    path: string,
    range?: { offset?: number; length?: number },
    options?: CallOptions,
  ): ReadableStream<Uint8Array>;

  /** What lies at a path that is under a root. */
  inspect(
    path: string,
    options?: CallOptions & { attributes?: AttributeSelection },
  ): Promise<Inspection>;
  /** Scans directories in bulk; the order is that of `ScanBatchData`. Memory stays bounded. */
  scanTree(request: ScanRequest, options?: CallOptions): AsyncIterable<ScanBatch>;
  /** Headers of many files of a base; unreadable ones come back empty. */
  readHeaders(
    base: string,
    paths: string[],
    length: number,
    options?: CallOptions,
  ): Promise<Uint8Array[]>;
  /** BLAKE3 of many whole files of a base, in order. */
  hashFiles(
    base: string,
    paths: string[],
    options?: HashOptions,
  ): Promise<HashResult[]>;
  /**
   * Content-defined chunks of a file, in order, in lists that follow one another; the same
   * whatever work is shared between workers. Default parameters go by the file's size.
   */
  chunkFile(
    path: string,
    parameters?: ChunkParameters,
    options?: CallOptions,
  ): AsyncIterable<ChunkList>;

  /** Carries out actions that need no content. Results are in the actions' order. */
  perform(
    base: string,
    actions: PlainAction[],
    options: ActionOptions,
    call?: CallOptions,
  ): Promise<ActionResult[]>;
  /**
   * The content of files, packed: for {@linkcode receive} of a system. Parcels of the items come in
   * the items' order (`parcel/format.ts`), each at most 1 MiB and with a buffer of its own; trouble
   * with an item is in its place in them. A request keeps to `PACK_BOUNDS`.
   */
  pack(request: PackRequest, options?: CallOptions): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /**
   * Carries out a batch here, content coming from `source`. Results are in the actions' order.
   * Copies of one run may be made at the same time; other actions follow those before them. A copy
   * is a success only when the source didn't change while it was read and what arrived (with
   * `verify`: what is read back) has the hash that the source told. What a source sends can't do
   * more than fail its copies.
   */
  receive(
    request: TransferRequest,
    source: PackSource,
    options?: TransferOptions,
  ): Promise<ActionResult[]>;
  /** As `target.receive(request, this, options)`, by the shortest way there is. */
  transferTo(
    target: OrbitSystem,
    request: TransferRequest,
    options?: TransferOptions,
  ): Promise<ActionResult[]>;
}
