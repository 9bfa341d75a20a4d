/** Scanning: directories to batches of rows, depth first, in a memory that doesn't grow. */
import { OrbitError, toErrorData } from "#core/errors.ts";
import { compileFilter, type Filter } from "#core/sync/filter/mod.ts";
import type { DescribeOptions, DirectoryListing, Tree } from "../disk.ts";
import type { NameList } from "../name_list.ts";
import { baseName, joinPath, parentOf } from "../relative_path.ts";
import {
  type AlikeFiles,
  Column,
  FileType,
  ROW_WORDS,
  ScanBatch,
  type ScanBatchData,
} from "../scan_batch.ts";
import { ScanBatchBuilder } from "../scan_batch_builder.ts";
import type { ScanRequest } from "../system.ts";
import type { WorkContext } from "./context.ts";
import { stagedTag } from "./staging.ts";
import { openTwin } from "./twin.ts";

/** Rows after which a batch is handed out; also where a large directory is cut into parts. */
const BATCH_ROWS = 4096;

/**
 * Rows of whole directories after which the first batch is handed out, so that whoever works on it
 * needn't wait long; each further one has twice as many. No directory is cut for that: of one that
 * is all there, just its names need to be looked up elsewhere.
 */
const FIRST_BATCH_ROWS = 512;
const BATCH_BYTES = 1024 * 1024;

/** What staged names start with. */
const DOT = 0x2e;

/** A directory that waits for its turn; ancestors only matter when links are followed. */
interface Pending {
  path: string;
  /** It was asked for by name, so its absence is an answer and not a trouble. */
  requested: boolean;
  names?: string[];
  lookUp?: NameList;
  ancestors?: Ancestor;
}

interface Ancestor {
  identity: string;
  parent?: Ancestor;
}

/** What one worker does of a recursive scan. */
export interface ScanShare {
  /** It ends after the directory with which it has looked at so many entries. */
  entries: number;
  /** The directories that it begins with were found by the same scan, and not asked for by name. */
  isRest: boolean;
}

/**
 * Runs a {@linkcode ScanRequest}, a batch at a time.
 *
 * @returns With a share, the directories that are left to be scanned, in their order.
 */
export function* scan(
  context: WorkContext,
  request: ScanRequest,
  share?: ScanShare,
): Generator<ScanBatchData, string[]> {
  using tree = context.disk.openTree(request.base);
  using twin = openTwin(context, request);
  return yield* new Scanner(context, { tree, twin }, request, share).run();
}

class Scanner {
  readonly #context: WorkContext;
  readonly #tree: Tree;
  readonly #twin: Tree | undefined;
  readonly #request: ScanRequest;
  readonly #share: ScanShare | undefined;
  readonly #filter: Filter | undefined;
  readonly #describe: DescribeOptions;
  readonly #builder = new ScanBatchBuilder();
  readonly #stack: Pending[];
  readonly #device: string | undefined;
  #batchRows: number;
  /** Entries described so far, and by the last step. */
  #looked = 0;
  #lookedBefore = 0;
  /** Left out since the last part. */
  #alike: AlikeFiles = { files: 0, bytes: 0 };

  constructor(
    context: WorkContext,
    { tree, twin }: { tree: Tree; twin: Tree | undefined },
    request: ScanRequest,
    share: ScanShare | undefined,
  ) {
    this.#context = context;
    this.#tree = tree;
    this.#twin = twin;
    this.#request = request;
    this.#share = share;
    this.#batchRows = share === undefined ? FIRST_BATCH_ROWS : BATCH_ROWS;
    const filter = compileFilter(request.filter ?? []);
    this.#filter = filter.isEmpty ? undefined : filter;
    this.#describe = {
      follow: request.followLinks ?? false,
      attributes: request.attributes ?? "none",
    };
    this.#stack = (request.directories ?? [""])
      .map((path, index) => this.#requested(path, request.names?.[index] ?? undefined))
      .map((pending, index) => ({ ...pending, lookUp: request.lookUp?.[index] ?? undefined }))
      .reverse();
    if (request.oneFileSystem) {
      const facts = tree.facts("");
      this.#device = facts ? `${facts.devMajor}.${facts.devMinor}` : undefined;
    }
  }

  #requested(path: string, names: string[] | undefined): Pending {
    const identity = this.#describe.follow ? this.#identityOf(path) : undefined;
    return {
      path,
      requested: !(this.#share?.isRest ?? false),
      names,
      ancestors: identity === undefined ? undefined : { identity },
    };
  }

  /** What a requested directory is, links followed; when that can't be told, listing it will say. */
  #identityOf(path: string): string | undefined {
    try {
      if (path === "") {
        const facts = this.#tree.facts("")!;
        return `${facts.devMajor}.${facts.devMinor}:${facts.ino}`;
      }
      const names = [baseName(path)];
      using listing = this.#tree.list(parentOf(path), { names, follow: true });
      const found = new ScanBatchBuilder();
      if (listing.count > 0) listing.describe(0, found, { follow: true, attributes: "none" });
      return found.count > 0 ? new ScanBatch(found.take()).identity(0) : undefined;
    } catch {
      return undefined;
    }
  }

  *run(): Generator<ScanBatchData, string[]> {
    const { entries = Infinity } = this.#share ?? {};
    let next: Pending | undefined;
    while (this.#looked < entries && (next = this.#stack.pop())) {
      this.#context.checkCancelled();
      yield* this.#scanDirectory(next);
      if (this.#isFull(this.#batchRows) || this.#isLong) yield this.#take();
    }
    if (!this.#builder.isEmpty) yield this.#take();
    return this.#stack.reverse().map(({ path }) => path);
  }

  #isFull(rows: number): boolean {
    return this.#builder.count >= rows || this.#builder.byteLength >= BATCH_BYTES;
  }

  /** The step has looked at as many entries as a batch has rows, whatever became of them. */
  get #isLong(): boolean {
    return this.#looked - this.#lookedBefore >= BATCH_ROWS;
  }

  #take(): ScanBatchData {
    this.#batchRows = Math.min(BATCH_ROWS, this.#batchRows * 2);
    this.#lookedBefore = this.#looked;
    return this.#builder.take();
  }

  /** Nothing, so that other work has its turn and whoever waits sees that there is life. */
  #pause(): ScanBatchData {
    this.#context.checkCancelled();
    this.#lookedBefore = this.#looked;
    return {
      rows: new Uint32Array(),
      heap: new Uint8Array(),
      attributes: [],
      parts: [],
      troubles: [],
    };
  }

  *#scanDirectory(pending: Pending): Generator<ScanBatchData> {
    const { path, names, lookUp } = pending;
    let listing: DirectoryListing;
    try {
      listing = lookUp !== undefined
        ? this.#tree.lookUp(path, lookUp)
        : this.#tree.list(path, { names, follow: this.#describe.follow, twin: this.#twin });
    } catch (error) {
      this.#noteUnlistable(pending, error);
      return;
    }
    const complete = names === undefined && lookUp === undefined;
    const below: Pending[] = [];
    const endPart = (last: boolean) => {
      this.#builder.endPart(path, { last, complete, exists: true, ...this.#takeAlike() });
    };
    try {
      for (let index = 0; index < listing.count; index++) {
        this.#addEntry(listing, index, pending, below);
        if (index + 1 === listing.count) break;
        if (this.#isFull(BATCH_ROWS)) {
          endPart(false);
          yield this.#take();
        } else if (this.#isLong) yield this.#pause();
      }
    } finally {
      listing[Symbol.dispose]();
    }
    endPart(true);
    for (let i = below.length - 1; i >= 0; i--) this.#stack.push(below[i]);
  }

  #noteUnlistable(pending: Pending, error: unknown): void {
    const errno = error instanceof OrbitError ? error.detail.errno : undefined;
    const absent = pending.requested && (errno === "ENOENT" || errno === "ENOTDIR");
    if (!absent) this.#builder.addTrouble(pending.path, toErrorData(error));
    this.#builder.endPart(pending.path, { last: true, complete: absent, exists: !absent });
  }

  #addEntry(listing: DirectoryListing, index: number, parent: Pending, below: Pending[]): void {
    const builder = this.#builder;
    let path: string | undefined;
    try {
      if (this.#filter !== undefined) {
        path = joinPath(parent.path, listing.name(index));
        const isDirectory = listing.isDirectory(index) ?? this.#looksLikeDirectory(path);
        if (this.#filter.decide(path, isDirectory) === "exclude") return;
      }
      const mode = listing.describe(index, builder, this.#describe);
      if (mode === 0) return;
      this.#looked++;
      if (this.#twin !== undefined && (mode & FileType.mask) === FileType.file) {
        return this.#dropAlike(listing, index);
      }
      if ((mode & FileType.mask) !== FileType.directory || !this.#request.recursive) return;
      path ??= joinPath(parent.path, listing.name(index));
      this.#descend(path, parent, below);
    } catch (error) {
      builder.addTrouble(
        path ?? joinPath(parent.path, listing.name(index)),
        toErrorData(error),
      );
    }
  }

  /** Takes a just described file back out if the twin has it alike. */
  #dropAlike(listing: DirectoryListing, index: number): void {
    const builder = this.#builder;
    if (!listing.isAlike?.(index, builder, this.#request.unlike!)) return;
    if (builder.lastNameStartsWith(DOT) && stagedTag(listing.name(index)) !== undefined) return;
    this.#alike.files++;
    this.#alike.bytes += builder.lastSize;
    builder.dropRow();
  }

  #takeAlike(): { alike?: AlikeFiles } {
    const alike = this.#alike;
    if (alike.files === 0) return {};
    this.#alike = { files: 0, bytes: 0 };
    return { alike };
  }

  /** Queues a just described directory, unless that would leave the file system or loop. */
  #descend(path: string, parent: Pending, below: Pending[]): void {
    const at = (this.#builder.count - 1) * ROW_WORDS;
    const rows = this.#builder.rows;
    const device = `${rows[at + Column.devMajor]}.${rows[at + Column.devMinor]}`;
    if (this.#device !== undefined && device !== this.#device) return;
    if (!this.#describe.follow) {
      below.push({ path, requested: false });
      return;
    }
    const inode = rows[at + Column.inoHi] * 2 ** 32 + rows[at + Column.inoLo];
    const identity = `${device}:${inode}`;
    for (let a = parent.ancestors; a !== undefined; a = a.parent) {
      if (a.identity === identity) {
        throw new OrbitError("conflict", `scan ${JSON.stringify(path)}: links form a loop`, {
          detail: { path, errno: "ELOOP" },
        });
      }
    }
    below.push({ path, requested: false, ancestors: { identity, parent: parent.ancestors } });
  }

  #looksLikeDirectory(path: string): boolean {
    const facts = this.#tree.facts(path);
    return facts !== null && (facts.mode & FileType.mask) === FileType.directory;
  }
}
