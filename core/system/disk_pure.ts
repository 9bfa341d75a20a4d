/**
 * The driver that needs nothing but Deno: `Deno.*` and synchronous `node:fs` calls, on any
 * platform, without `--allow-ffi`.
 *
 * What its jail guarantees. Paths are checked as text, every parent directory is resolved before
 * and after use, and an opened file is compared with what lies at its path, repeatedly and from
 * two sides. So links that lie still never lead out, for any operation. Against someone who swaps
 * directories for links *while* a call runs:
 * - Opening: a file outside is opened at worst, never handed out: nothing of it is read or
 *   written, unless the swapping keeps step with eight looks in a row.
 * - Creating (files, directories, links, hard links) and renaming: what landed outside is found
 *   by its identity and removed or moved back before the call throws `denied`. It was there for
 *   microseconds, and when it can't be found again it stays: an empty file of mode 0600, an empty
 *   directory, a link.
 * - Removing, and replacing by rename: a name outside that is hit in the instant between look and
 *   act is gone. No path call can undo that.
 * - Looking (facts, listings): checked before and after by one look each.
 *
 * Where others may write to the tree during the work, use the posix driver: there the kernel
 * resolves each path beneath a held directory and the instant doesn't exist.
 *
 * Other limits, each refused with `unsupported` (or `invalid`) by name: no extended attributes,
 * fifos or devices; names and link targets that aren't UTF-8; times in whole milliseconds, of
 * links before 1970 in whole seconds; holes aren't found; `ctime` is in whole seconds; device
 * numbers are taken apart as Linux does. Making links needs Deno's unscoped read and write
 * permissions, `space` needs `--allow-sys=statfs`.
 */
import { isAbsolute } from "node:path";
import { attempt } from "#core/deno_errors.ts";
import { OrbitError, systemError } from "#core/errors.ts";
import type { Disk, DiskFeatures, Tree } from "./disk.ts";
import { checkText, PureJail } from "./disk_pure_jail.ts";
import { PureRoots } from "./disk_pure_roots.ts";
import { PureTree } from "./disk_pure_tree.ts";

const features: DiskFeatures = {
  timeStepNs: 1_000_000,
  byteNames: false,
  attributes: false,
  specials: false,
  findsHoles: false,
  kernelConfinement: false,
};

/** What {@linkcode createPureDisk} needs. */
export interface PureDiskOptions {
  /** Absolute paths of directories. They need not exist yet; nothing is opened before `openTree`. */
  roots: readonly string[];
  /**
   * How far links may lead where an operation follows them: anywhere beneath the disk's roots (the
   * default), or only beneath the tree, by links that never climb above it.
   */
  followWithin?: "roots" | "tree";
  /** Makes symbolic links where this thread may not. Default: `Deno.symlinkSync`. */
  makeSymlink?: (target: string, host: string) => void;
}

/**
 * Makes a driver for the directories under `roots`.
 *
 * @throws OrbitError `invalid` when a root isn't absolute.
 */
export function createPureDisk(options: PureDiskOptions): Disk {
  const { roots, followWithin = "roots", makeSymlink = Deno.symlinkSync } = options;
  for (const root of roots) checkAbsolute(root);
  return diskOf(new PureRoots([...roots], followWithin), makeSymlink);
}

function diskOf(
  roots: PureRoots,
  makeSymlink: (target: string, host: string) => void,
): Disk & Disposable {
  return {
    name: "pure",
    features,
    openTree: (path) => openTree(roots, path, makeSymlink),
    within: (scope) => diskOf(roots.within(scope), makeSymlink),
    [Symbol.dispose]() {},
  };
}

function openTree(
  roots: PureRoots,
  path: string,
  makeSymlink: (target: string, host: string) => void,
): Tree {
  checkAbsolute(path);
  const place = roots.place("open tree", path, path);
  const real = place.jail.at(place.path);
  const info = attempt("open tree", path, () => Deno.lstatSync(real));
  if (!info.isDirectory) throw systemError("ENOTDIR", "open tree", path);
  return new PureTree(new PureJail(real), roots, makeSymlink);
}

function checkAbsolute(path: string): void {
  checkText("open tree", path, path);
  if (isAbsolute(path) && !path.includes("\0")) return;
  throw new OrbitError("invalid", `open tree ${JSON.stringify(path)}: not an absolute path`, {
    detail: { path, errno: "EINVAL" },
  });
}
