/** The roots that a disk may touch, held open, and the way to paths beneath them. */
import { systemError } from "#core/errors.ts";
import { decodeName } from "#core/names.ts";
import { At, check, Errno, type Libc, Resolve } from "#core/posix/mod.ts";
import { followLinks } from "./disk_posix_links.ts";
import type { Opener } from "./disk_posix_open.ts";

/** A directory that confines what is reached from it. */
export interface Root {
  readonly fd: number;
  /** Its absolute paths, as given and as resolved: each a list of names. */
  readonly names: readonly (readonly string[])[];
  /** It is the system's own root: nothing lies outside. */
  readonly isWhole: boolean;
}

/** A place beneath a root. */
export interface Location {
  root: Root;
  /** Relative to the root; may still go through links and "..". */
  path: string;
}

/** The disk's roots. */
export class Roots {
  readonly #opener: Opener;
  readonly #roots: Root[];
  /** Those of them that it opened, and closes. */
  readonly #own: Root[];

  private constructor(opener: Opener, own: Root[], others: readonly Root[] = []) {
    this.#opener = opener;
    this.#own = own;
    this.#roots = [...own, ...others];
  }

  /** @throws OrbitError naming the root that can't be opened. */
  static open(opener: Opener, paths: readonly string[]): Roots {
    const roots: Root[] = [];
    try {
      for (const path of paths) roots.push(openRoot(opener, path));
      return new Roots(opener, roots);
    } catch (error) {
      for (const { fd } of roots) opener.libc.files.close(fd);
      throw error;
    }
  }

  /** What of these roots lies within a scope; see `Disk.within`. Good for as long as these are. */
  within(scope: readonly string[]): Roots {
    const bounds = scope.filter((path) => path.startsWith("/") && !path.includes("\0"));
    const others = this.#roots.filter(({ names }) =>
      bounds.some((path) => names.some((list) => isBeneath(splitAbsolute(path), list)))
    );
    const own: Root[] = [];
    for (const path of bounds) {
      const location = this.locate(path);
      if (location === null || location.path === "") continue;
      const fd = this.#openScope(location);
      if (fd < 0) continue;
      own.push({ fd, names: namesOf(this.#opener.libc, fd, path), isWhole: false });
    }
    return new Roots(this.#opener, own, others);
  }

  /** No link is followed; a descriptor or a negated error number. */
  #openScope({ root, path }: Location): number {
    const { open } = this.#opener.libc;
    if (path.split("/").includes("..")) return -Errno.EXDEV;
    return this.#opener.open(root.fd, path, open.path | open.directory | open.closeOnExec);
  }

  /**
   * Where an absolute path lies, by its text alone: beneath the nearest root that it names, or
   * null outside all of them.
   */
  locate(path: string): Location | null {
    return locate(this.#roots, path);
  }

  /** Opens a place, following links that stay beneath `within`; descriptor or negated error. */
  openFollowing(location: Location, flags: number, within: readonly Root[] = this.#roots): number {
    const { root, path } = location;
    const confined = root.isWhole ? 0 : Resolve.beneath;
    const fd = this.#opener.open(root.fd, path, flags, confined | Resolve.noMagicLinks);
    // The kernel refuses every absolute link here, also one that leads back inside.
    if (fd !== -Errno.EXDEV && fd !== -Errno.ENAMETOOLONG) return fd;
    return followLinks(this.#opener, location, flags, (target) => locate(within, target));
  }

  close(): void {
    this.#roots.length = 0;
    for (const { fd } of this.#own.splice(0)) this.#opener.libc.files.close(fd);
  }
}

/** A tree's base as the only root of what its links may lead to. */
export function rootAt(libc: Libc, fd: number, path: string): Root {
  return { fd, names: namesOf(libc, fd, path), isWhole: false };
}

/** The names of an absolute path, without the empty ones and ".". */
export function splitAbsolute(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function openRoot(opener: Opener, path: string): Root {
  if (!path.startsWith("/") || path.includes("\0")) throw systemError("EINVAL", "open root", path);
  const fd = check(opener.openRoot(path), "open root", path);
  const names = namesOf(opener.libc, fd, path);
  return { fd, names, isWhole: names.some((list) => list.length === 0) };
}

/** A directory's path as given, and as the system knows it where `/proc` tells. */
function namesOf(libc: Libc, fd: number, path: string): string[][] {
  const given = splitAbsolute(path);

  const target = libc.entries.readlinkat(At.currentDirectory, libc.name(`/proc/self/fd/${fd}`));
  if (typeof target === "number") return [given];
  const real = splitAbsolute(decodeName(target));
  return real.join("/") === given.join("/") ? [given] : [given, real];
}

function locate(roots: readonly Root[], path: string): Location | null {
  const asked = splitAbsolute(path);
  let best: Location | null = null, bestLength = -1;
  for (const root of roots) {
    for (const names of root.names) {
      if (names.length <= bestLength || !isBeneath(names, asked)) continue;
      best = { root, path: asked.slice(names.length).join("/") };
      bestLength = names.length;
    }
  }
  return best;
}

function isBeneath(folder: readonly string[], path: readonly string[]): boolean {
  return folder.every((name, i) => name === path[i]);
}
