import { Errno } from "#core/posix/mod.ts";
import type { Opener } from "./disk_posix_open.ts";

/**
 * The directory that holds the entry at hand, kept open because the next entry is most likely its
 * neighbour. One is kept for a tree; it is opened strictly again whenever the directory differs.
 */
export class ParentDirectory implements Disposable {
  readonly #opener: Opener;
  #base: number;
  #path = "";
  #fd = -1;
  /** How often a directory was opened to be held. */
  openings = 0;

  constructor(opener: Opener, base: number) {
    this.#opener = opener;
    this.#base = base;
  }

  /** Whether the directory is held already, and so may have been replaced since it was opened. */
  isHeld(path: string): boolean {
    return this.#fd >= 0 && this.#path === path;
  }

  /** A descriptor for calls beneath the directory, good until the next call; or a negated error. */
  open(path: string): number {
    if (path === "") return this.#base;
    if (this.isHeld(path)) return this.#fd;
    this.drop();
    this.#fd = this.openAnew(path);
    this.openings++;
    this.#path = path;
    return this.#fd;
  }

  /** A descriptor of the caller's own. */
  openAnew(path: string): number {
    const { open } = this.#opener.libc;
    return this.#opener.open(this.#base, path, open.path | open.directory | open.closeOnExec);
  }

  /** Forgets the directory if it is the one at `path` or beneath it, which is going elsewhere. */
  dropBeneath(path: string): void {
    if (this.#path === path || this.#path.startsWith(`${path}/`)) this.drop();
  }

  drop(): void {
    if (this.#fd >= 0) this.#opener.libc.files.close(this.#fd);
    this.#fd = -1;
    this.#path = "";
  }

  /** Lets go for good: the base's number may soon be another file's. */
  [Symbol.dispose](): void {
    this.drop();
    this.#base = -Errno.EBADF;
  }
}
