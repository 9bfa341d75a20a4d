/**
 * The driver for tests and simulations: a whole file system in memory.
 *
 * It behaves as a Linux file system does for a privileged user: inodes with hard links, links,
 * sparse content, fifos and devices (as entries only), extended attributes, nanosecond times.
 * Permission bits are kept and told, not enforced. Content is counted against a capacity in pages
 * of 4096 bytes; a write that doesn't fit fails with ENOSPC and changes nothing.
 */
import { OrbitError, systemError } from "#core/errors.ts";
import type { Disk, DiskFeatures, Tree } from "./disk.ts";
import { isWithin, MemoryTree } from "./disk_memory_tree.ts";
import { type Inode, Volume } from "./disk_memory_volume.ts";
import { FileType } from "./scan_batch.ts";

/** Links that one path passes at most, as in Linux. */
const maxLinks = 40;

const features: DiskFeatures = {
  timeStepNs: 1,
  byteNames: true,
  attributes: true,
  specials: true,
  findsHoles: true,
  // Nothing runs between a check and its use, so nothing can be swapped there.
  kernelConfinement: true,
};

/** How {@linkcode createMemoryDisk} behaves. */
export interface MemoryDiskOptions {
  /** Absolute paths ("/" as separator) of the directories that can be opened; they are made. */
  roots: readonly string[];
  /** Milliseconds since 1970, for times of change. Default: the system's clock. */
  now?: () => number;
  /** Names that differ only in case are one name, as on macOS and Windows. Default: false. */
  caseInsensitive?: boolean;
  /** Room for content. Default: 1 TiB (memory is taken only by what is written). */
  capacityBytes?: number;
}

/**
 * Makes an empty file system with the given roots. All trees of one disk share it.
 *
 * @throws OrbitError `invalid` when a root isn't an absolute path.
 */
export function createMemoryDisk(options: MemoryDiskOptions): Disk {
  const { now = Date.now, caseInsensitive = false, capacityBytes = 2 ** 40 } = options;
  const volume = new Volume({ now, caseInsensitive, capacityBytes });
  const roots = options.roots.map((root) => makeRoot(volume, root));
  return diskOf(volume, roots);
}

function diskOf(volume: Volume, roots: readonly Inode[]): Disk & Disposable {
  return {
    name: "memory",
    features,
    openTree: (path) => openTree(volume, roots, path),
    within: (scope) => diskOf(volume, scope.flatMap((path) => rootsWithin(volume, roots, path))),
    [Symbol.dispose]() {},
  };
}

/** What of the roots lies beneath a path: itself, or those roots that do. */
function rootsWithin(volume: Volume, roots: readonly Inode[], path: string): Inode[] {
  const way = [volume.root];
  for (const name of componentsOf(path)) {
    const next = volume.entry(way.at(-1)!, name)?.inode;
    if (next?.entries === undefined) return [];
    way.push(next);
  }
  const at = way.at(-1)!;
  return way.some((inode) => roots.includes(inode))
    ? [at]
    : roots.filter((root) => isWithin(at, root));
}

function makeRoot(volume: Volume, path: string): Inode {
  let at = volume.root;
  for (const name of componentsOf(path)) {
    const existing = volume.entry(at, name)?.inode;
    const next = existing ?? volume.create(FileType.directory | 0o755);
    if (!existing) volume.link(at, name, next);
    at = next;
  }
  return at;
}

function openTree(volume: Volume, roots: readonly Inode[], path: string): Tree {
  const { way, missing } = walk(volume, path);
  if (!way.some((inode) => roots.includes(inode))) throw systemError("EXDEV", "open tree", path);
  if (missing) throw systemError("ENOENT", "open tree", path);
  const base = way.at(-1)!;
  if (!base.entries) throw systemError("ENOTDIR", "open tree", path);
  return new MemoryTree(volume, base);
}

/**
 * Resolves a path with all its links: the inodes from the volume's root to where it ends, or to
 * the last that exists.
 */
function walk(volume: Volume, path: string): { way: Inode[]; missing: boolean } {
  const way = [volume.root];
  const ahead = componentsOf(path).reverse();
  let links = 0;
  while (ahead.length > 0) {
    const name = ahead.pop()!;
    if (name === "..") {
      if (way.length > 1) way.pop();
      continue;
    }
    const at = way.at(-1)!;
    const next = at.entries && volume.entry(at, name)?.inode;
    if (!next) return { way, missing: true };
    if (next.target === undefined) {
      way.push(next);
      continue;
    }
    if (++links > maxLinks) throw systemError("ELOOP", "open tree", path);
    if (next.target.startsWith("/")) way.length = 1;
    ahead.push(...next.target.split("/").filter(isStep).reverse());
  }
  return { way, missing: false };
}

function componentsOf(path: string): string[] {
  if (path.startsWith("/") && !path.includes("\0")) return path.split("/").filter(isStep);
  throw new OrbitError("invalid", `open tree ${JSON.stringify(path)}: not an absolute path`, {
    detail: { path, errno: "EINVAL" },
  });
}

function isStep(name: string): boolean {
  return name !== "" && name !== ".";
}
