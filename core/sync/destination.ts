/** The directory that a sync copies into: what is there, and making it. */
import { OrbitError } from "#core/errors.ts";
import type { Disk, Tree } from "#core/system/disk.ts";
import { baseName, parentOf } from "#core/system/relative_path.ts";
import { FileType } from "#core/system/scan_batch.ts";

/** Where the destination is, or will be. */
export interface FoundDestination {
  base: string;
  exists: boolean;
  /** It is only the parent of the single file that is copied, so nothing asks for it to be made. */
  isParent?: boolean;
}

/** How a destination is made. */
export interface MakeOptions {
  /** The directories above it, too. */
  makePath: boolean;
  /** Only see whether it could be made. */
  dryRun: boolean;
  /** For nobody but its owner until it gets its own permissions, when all is copied. */
  isPrivate: boolean;
}

/**
 * Makes a destination that doesn't exist; false when another run made it meanwhile.
 *
 * @throws `not_found` when its parent isn't there, `invalid` when a link to nowhere is in its place.
 */
export function makeDestination(
  disk: Disk,
  target: FoundDestination,
  { makePath, dryRun, isPrivate }: MakeOptions,
): boolean {
  const parent = parentOf(target.base) || "/";
  if (!makePath) {
    if (target.isParent) throw missingParent(target.base, target.base);
    if (kindOf(disk, parent) !== "directory") throw missingParent(target.base, parent);
  }
  if (dryRun) return true;
  makeMissing(disk, parent);
  using tree = disk.openTree(parent);
  try {
    tree.makeDirectory(baseName(target.base), isPrivate ? 0o700 : 0o777);
    return true;
  } catch (error) {
    if (kindOf(disk, target.base) === "directory") return false;
    throw isDangling(tree, baseName(target.base))
      ? new OrbitError(
        "invalid",
        `sync to ${JSON.stringify(target.base)}: is a symbolic link that leads nowhere`,
      )
      : error;
  }
}

function missingParent(path: string, parent: string): OrbitError {
  return new OrbitError(
    "not_found",
    path === parent
      ? `find ${JSON.stringify(path)}: no such directory (see --mkpath)`
      : `make ${JSON.stringify(path)}: its parent directory doesn't exist (see --mkpath)`,
    { detail: { path, errno: "ENOENT" } },
  );
}

function isDangling(tree: Tree, name: string): boolean {
  const facts = tree.facts(name);
  return facts !== null && (facts.mode & FileType.mask) === FileType.link;
}

/** Makes a directory and those above it, as far as they are missing. */
export function makeMissing(disk: Disk, path: string): void {
  if (kindOf(disk, path) === "directory") return;
  const parent = parentOf(path) || "/";
  makeMissing(disk, parent);
  using tree = disk.openTree(parent);
  tree.makeDirectory(baseName(path), 0o777);
}

/** What an absolute path leads to, through links. */
export function kindOf(disk: Disk, path: string): "directory" | "other" | "absent" {
  if (path === "/") return "directory";
  try {
    disk.openTree(path)[Symbol.dispose]();
    return "directory";
  } catch (error) {
    const errno = error instanceof OrbitError ? error.detail.errno : undefined;
    if (errno === "ENOTDIR") return existsIn(disk, path) ? "other" : "absent";
    if (errno === "ENOENT") return "absent";
    throw error;
  }
}

function existsIn(disk: Disk, path: string): boolean {
  try {
    using tree = disk.openTree(parentOf(path) || "/");
    return tree.facts(baseName(path)) !== null;
  } catch (error) {
    if (error instanceof OrbitError && error.detail.errno === "ENOTDIR") {
      throw new OrbitError("invalid", `sync to ${JSON.stringify(path)}: is below a file`, {
        cause: error,
      });
    }
    throw error;
  }
}
