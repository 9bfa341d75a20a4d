/** The posix driver of the `Disk` port: files through the C library, confined by the kernel. */
import { systemError } from "#core/errors.ts";
import { check, type Libc } from "#core/posix/mod.ts";
import type { Disk, DiskFeatures, Tree } from "./disk.ts";
import { AttributeStore } from "./disk_posix_attributes.ts";
import type { OpenFollowing } from "./disk_posix_door.ts";
import { Opener } from "./disk_posix_open.ts";
import type { DiskParts } from "./disk_posix_parts.ts";
import { DirectoryReader } from "./disk_posix_reader.ts";
import { type Location, rootAt, Roots } from "./disk_posix_roots.ts";
import { PosixTree } from "./disk_posix_tree.ts";
import { joinPath } from "./relative_path.ts";

/** What {@linkcode createPosixDisk} needs. */
export interface PosixDiskOptions {
  /** The C library, opened on the thread that will use the disk. */
  libc: Libc;
  /** Absolute paths of existing directories; "/" confines nothing. */
  roots: string[];
  /**
   * How far links may lead where an operation follows them: anywhere beneath the disk's roots (the
   * default), or only beneath the tree.
   */
  followWithin?: "roots" | "tree";
}

/**
 * Opens the roots and makes a driver of them. They are held open, so what is at their paths later
 * doesn't matter; disposing of the disk lets them go.
 *
 * @throws OrbitError naming the root that can't be opened (`not_found` when it doesn't exist).
 */
export function createPosixDisk(
  { libc, roots, followWithin = "roots" }: PosixDiskOptions,
): Disk & Disposable {
  const opener = new Opener(libc), store = new AttributeStore(libc);
  const reader = new DirectoryReader(libc), abilities = { nameless: true };
  const features = {
    timeStepNs: 1,
    byteNames: true,
    attributes: store.isAvailable,
    specials: true,
    findsHoles: true,
    groups: libc.effectiveUser() === 0 ? undefined : libc.groups(),
    kernelConfinement: true,
  };
  return new PosixDisk(
    { libc, opener, store, reader, abilities },
    Roots.open(opener, roots),
    { features, staysInTree: followWithin === "tree" },
  );
}

class PosixDisk implements Disk, Disposable {
  readonly name = "posix";
  readonly features: DiskFeatures;
  readonly #parts: DiskParts;
  readonly #roots: Roots;
  readonly staysInTree: boolean;

  constructor(parts: DiskParts, roots: Roots, how: Pick<PosixDisk, "features" | "staysInTree">) {
    this.#parts = parts;
    this.#roots = roots;
    this.features = how.features;
    this.staysInTree = how.staysInTree;
  }

  within(scope: readonly string[]): Disk & Disposable {
    return new PosixDisk(this.#parts, this.#roots.within(scope), this);
  }

  openTree(path: string): Tree {
    const isAbsolute = path.startsWith("/") && !path.includes("\0");
    if (!isAbsolute) throw systemError("EINVAL", "open", path);
    const location = this.#roots.locate(path);
    // The same answer as for a link that leads out, whether or not anything is there.
    if (location === null) throw systemError("EXDEV", "open", path);
    const { open } = this.#parts.libc;
    const flags = open.path | open.directory | open.closeOnExec;
    const fd = check(this.#roots.openFollowing(location, flags), "open", path);
    return new PosixTree(this.#parts, fd, this.#followFrom(location, fd, path));
  }

  sameStart(a: Uint8Array, b: Uint8Array, length: number): boolean {
    return this.#parts.libc.sameStart(a, b, length);
  }

  allocate(size: number): Uint8Array<ArrayBuffer> {
    return this.#parts.libc.allocateAligned(size);
  }

  /** How a tree follows links. */
  #followFrom(location: Location, fd: number, path: string): OpenFollowing {
    const { root, path: base } = location;
    if (!this.staysInTree) {
      return (path, flags) =>
        this.#roots.openFollowing({ root, path: joinPath(base, path) }, flags);
    }
    const own = rootAt(this.#parts.libc, fd, path);
    return (path, flags) => this.#roots.openFollowing({ root: own, path }, flags, [own]);
  }

  [Symbol.dispose](): void {
    this.#roots.close();
  }
}
