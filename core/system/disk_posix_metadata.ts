/** Setting an entry's metadata in the order in which nothing undoes what was set before. */
import { OrbitError, systemError } from "#core/errors.ts";
import { type AttributeTarget, check } from "#core/posix/mod.ts";
import type { Metadata } from "./disk.ts";
import type { AttributeStore } from "./disk_posix_attributes.ts";

/** The calls that set metadata, on an open file or on an entry; results as in `core/posix`. */
export interface MetadataTarget {
  readonly attributes: AttributeTarget;
  /** −1 leaves an id alone. */
  setOwner(uid: number, gid: number): number;
  /** Does nothing to a symbolic link, which has no permissions of its own. */
  setPermissions(permissions: number): number;
  setTime(seconds: number, nanoseconds: number): number;
  /** The permission bits now, or a negated error number. */
  permissions(): number;
}

/** The owner's right to write. */
const OWNER_WRITE = 0o200;

/**
 * Applies metadata: owner first (the system clears set-user bits and capabilities when it changes),
 * then attributes (an ACL brings its own mode bits), then permissions, times last.
 */
export function applyMetadata(
  target: MetadataTarget,
  metadata: Metadata,
  store: AttributeStore,
  path: string,
): void {
  const { uid, gid, attributes, selection = "all", permissions, mtime, mtimeNs = 0 } = metadata;
  checkRanges(metadata, path);
  if (uid !== undefined || gid !== undefined) {
    check(target.setOwner(uid ?? -1, gid ?? -1), "change the owner of", path);
  }
  if (attributes !== undefined) {
    withWriteRight(
      target,
      permissions !== undefined,
      path,
      () => store.replace(target.attributes, attributes, selection, path),
    );
  }
  if (permissions !== undefined) {
    check(target.setPermissions(permissions & 0o7777), "change the mode of", path);
  }
  if (mtime !== undefined) check(target.setTime(mtime, mtimeNs), "change the time of", path);
}

/** Ids and nanoseconds have values that mean something else to the system ("leave it", "now"). */
function checkRanges(metadata: Metadata, path: string): void {
  const { uid = 0, gid = 0, mtime = 0, mtimeNs = 0 } = metadata;
  const isValid = isWhole(uid, 0, 2 ** 32 - 2) && isWhole(gid, 0, 2 ** 32 - 2) &&
    isWhole(mtime, -(2 ** 53), 2 ** 53) && isWhole(mtimeNs, 0, 999_999_999);
  if (!isValid) throw systemError("EINVAL", "change", path);
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** Even its owner can't set `user.*` attributes of a read-only file: it is made writable for that. */
function withWriteRight(
  target: MetadataTarget,
  modeFollows: boolean,
  path: string,
  act: () => void,
): void {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof OrbitError) || error.detail.errno !== "EACCES") throw error;
    const before = check(target.permissions(), "examine", path);
    if ((before & OWNER_WRITE) !== 0) throw error;
    check(target.setPermissions(before | OWNER_WRITE), "change the mode of", path);
    try {
      act();
    } finally {
      if (!modeFollows) target.setPermissions(before);
    }
  }
}
