/** A file that is made beside its place and takes it in one step. */
import type { FileHandle } from "../disk.ts";
import type { ActionOptions, CopyAction } from "../system.ts";
import type { WorkContext } from "./context.ts";
import { publishStaged } from "./publish.ts";
import { createStaged, discardQuietly, stagedPath } from "./staging.ts";

/** A staged file; unless it is published it is gone when it is disposed of. */
export class NewFile implements Disposable {
  readonly file: FileHandle;
  readonly #context: WorkContext;
  readonly #base: string;
  readonly #action: CopyAction;
  readonly #options: ActionOptions;
  readonly #staged: string;
  #published = false;

  constructor(context: WorkContext, base: string, action: CopyAction, options: ActionOptions) {
    this.#context = context;
    this.#base = base;
    this.#action = action;
    this.#options = options;
    this.#staged = stagedPath(action.path, options.tag);
    const tree = context.tree(base);
    this.file = createStaged(tree, this.#staged, () => tree.createFile(this.#staged));
  }

  /** Gives the file its name, with all that the action and the options say of that. */
  publish(): void {
    const { path, clearsDirectory } = this.#action;
    publishStaged(this.#context, this.#base, this.#staged, path, this.#options, {
      clearsDirectory,
    });
    this.#published = true;
  }

  [Symbol.dispose](): void {
    this.file[Symbol.dispose]();
    if (!this.#published) discardQuietly(this.#context.tree(this.#base), this.#staged);
  }
}
