/** A file that is made without a name, or beside its place, and takes its place in one step. */
import type { FileFacts, FileHandle, Metadata, Tree } from "../disk.ts";
import { parentOf } from "../relative_path.ts";
import type { ActionOptions, CopyAction } from "../system.ts";
import { copyWhole, isAsRead, isSparse, notAsWritten } from "./content.ts";
import type { WorkContext } from "./context.ts";
import { publishStaged } from "./publish.ts";
import { createStaged, discardQuietly, errnoOf, stagedPath } from "./staging.ts";

/** Facts of its source that a copy may keep. */
export type KeptFacts = Pick<FileFacts, "mtime" | "mtimeNs">;

/** A new file; unless it is published it is gone when it is disposed of. */
export class NewFile implements Disposable {
  /** To be written; from its first byte on to its last. */
  readonly file: FileHandle;
  readonly #context: WorkContext;
  readonly #base: string;
  readonly #action: CopyAction;
  readonly #options: ActionOptions;
  /** Where it lies, as long as it has a staged name. */
  #staged: string | undefined;

  constructor(context: WorkContext, base: string, action: CopyAction, options: ActionOptions) {
    this.#context = context;
    this.#base = base;
    this.#action = action;
    this.#options = options;
    this.file = this.#createNameless() ?? this.#createStaged();
  }

  /** Gives the file, complete and with its metadata, its name, as action and options say. */
  publish(): void {
    const { path } = this.#action;
    if (this.#staged === undefined && this.#nameAtOnce(path)) return;
    if (this.#staged === undefined) this.#stageCopy();
    publishStaged(this.#context, this.#base, this.#staged!, path, this.#options, this.#action);
    this.#staged = undefined;
  }

  get #tree(): Tree {
    return this.#context.tree(this.#base);
  }

  #createNameless(): FileHandle | undefined {
    const { path, metadata, clearsDirectory } = this.#action;
    if (this.#options.backup !== undefined || clearsDirectory) return undefined;
    return this.#tree.nameless?.create(path, metadata.permissions ?? 0o600) ?? undefined;
  }

  #createStaged(): FileHandle {
    const tree = this.#tree;
    const staged = this.#stagedPath();
    const file = createStaged(tree, staged, () => tree.createFile(staged));
    this.#staged = staged;
    return file;
  }

  #stagedPath(): string {
    return stagedPath(this.#action.path, this.#options.tag);
  }

  /** True when it has its own name; what is there already only a staged file can replace. */
  #nameAtOnce(path: string): boolean {
    const tree = this.#tree;
    const nameless = tree.nameless!;
    try {
      if (!nameless.name(this.file, path)) return false;
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
      const staged = this.#stagedPath();
      const isNamed = createStaged(tree, staged, () => nameless.name(this.file, staged));
      if (isNamed) this.#staged = staged;
      return false;
    }
    if (this.#options.fsync) tree.syncDirectory(parentOf(path));
    return true;
  }

  /** Where a system makes files without names but never gives them any: a copy that has one. */
  #stageCopy(): void {
    using copy = this.#createStaged();
    const { verify, fsync, sparse } = this.#options;
    const facts = this.file.facts();
    const { size } = facts;
    const holes = sparse || isSparse(facts);
    copyWhole(this.#context, this.file, copy, size, holes);
    if (holes) copy.truncate(size);
    finishTarget(copy, facts, this.#action, this.#options);
    if (verify && !isAsRead(this.#context, this.file, copy, size, fsync)) {
      throw notAsWritten(this.#action.path);
    }
  }

  [Symbol.dispose](): void {
    this.file[Symbol.dispose]();
    if (this.#staged !== undefined) discardQuietly(this.#tree, this.#staged);
  }
}

/** Writes metadata to a complete file and, if asked, forces all of it to stable storage. */
export function finishTarget(
  target: FileHandle,
  facts: KeptFacts,
  action: CopyAction,
  options: ActionOptions,
): void {
  const metadata: Metadata = { ...action.metadata };
  if (options.keepTimes) {
    metadata.mtime = facts.mtime;
    metadata.mtimeNs = facts.mtimeNs;
  }
  target.apply(metadata);
  if (options.fsync) target.sync();
}
