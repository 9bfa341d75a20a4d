/** Opening beneath a directory with the kernel's own confinement. */
import { encodeName } from "#core/names.ts";
import { At, Errno, type Libc, PATH_MAX, Resolve, type TextSlot } from "#core/posix/mod.ts";

/** No step leaves the directory, and no link is followed. */
export const STRICT = Resolve.beneath | Resolve.noSymlinks | Resolve.noMagicLinks;

/** How often a look that a rename got in the way of (`EAGAIN`) is repeated. */
const RETRIES = 64;

/** Bytes that a UTF-16 unit may take, escaped or not. */
const BYTES_PER_UNIT = 3;

/**
 * Opens paths beneath held directories. A path longer than the kernel takes at once is opened in
 * several steps, each as confined as the whole.
 */
export class Opener {
  readonly #slot: TextSlot;

  constructor(readonly libc: Libc) {
    this.#slot = libc.createTextSlot();
  }

  /**
   * Opens `path` ("" for the directory itself) and returns the descriptor or a negated error
   * number. Following links is left to the caller beyond one call's length: a path that is too
   * long is refused (`ENAMETOOLONG`) unless `resolve` is {@linkcode STRICT}.
   */
  open(directory: number, path: string, flags: number, resolve: number = STRICT): number {
    if (path.length * BYTES_PER_UNIT < PATH_MAX) return this.#step(directory, path, flags, resolve);
    const pieces = splitLong(path);
    if (pieces.length > 1 && resolve !== STRICT) return -Errno.ENAMETOOLONG;
    return this.#inSteps(directory, pieces, flags, resolve);
  }

  #inSteps(directory: number, pieces: string[], flags: number, resolve: number): number {
    const { open, files } = this.libc;
    const onTheWay = open.path | open.directory | open.closeOnExec;
    let at = directory;
    for (const [index, piece] of pieces.entries()) {
      const isLast = index === pieces.length - 1;
      const next = this.#step(at, piece, isLast ? flags : onTheWay, resolve);
      if (at !== directory) files.close(at);
      if (next < 0 || isLast) return next;
      at = next;
    }
    return -Errno.EINVAL;
  }

  #step(directory: number, path: string, flags: number, resolve: number): number {
    const address = this.#slot.put(path === "" ? "." : path);
    for (let left = RETRIES;; left--) {
      const fd = this.libc.entries.openat2(directory, address, flags, resolve);
      if (fd !== -Errno.EAGAIN || left === 0) return fd;
    }
  }

  /** Opens an absolute path as the system does, links and all; for the roots themselves. */
  openRoot(path: string): number {
    const { open, entries } = this.libc;
    const flags = open.path | open.directory | open.closeOnExec;
    return entries.openat(At.currentDirectory, this.#slot.put(path), flags);
  }
}

/** Cuts a path at slashes into pieces that fit one call; a single longer name stays whole. */
function splitLong(path: string): string[] {
  const pieces: string[] = [];
  let piece = "", bytes = 0;
  for (const name of path.split("/")) {
    const size = encodeName(name).length + 1;
    if (bytes > 0 && bytes + size >= PATH_MAX) {
      pieces.push(piece);
      piece = "";
      bytes = 0;
    }
    piece = bytes === 0 ? name : `${piece}/${name}`;
    bytes += size;
  }
  return [...pieces, piece];
}
