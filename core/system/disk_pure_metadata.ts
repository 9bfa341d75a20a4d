/** Setting permissions, owners and times with Deno's and node:fs's calls. */
import * as fs from "node:fs";
import { OrbitError } from "#core/errors.ts";
import type { Metadata } from "./disk.ts";
import { type Identity, isSame } from "./disk_pure_facts.ts";

/** Something open, and where it was opened. */
export interface OpenPlace {
  readonly fd: number;
  readonly host: string;
}

/** Throws `unsupported` for extended attributes, which neither Deno nor node:fs can reach. */
export function refuseAttributes(action: string, path: string): never {
  throw unsupported(action, path, "extended attributes need the C library (posix driver)");
}

/** Sets metadata of what is open. Owners before permissions, which a change of owner resets. */
export function applyToOpen(place: OpenPlace, path: string, metadata: Metadata): void {
  if (metadata.attributes) refuseAttributes("set attributes of", path);
  const { fd } = place;
  const now = fs.fstatSync(fd);
  if (metadata.uid !== undefined || metadata.gid !== undefined) {
    fs.fchownSync(fd, metadata.uid ?? now.uid, metadata.gid ?? now.gid);
  }
  if (metadata.permissions !== undefined) fs.fchmodSync(fd, metadata.permissions);
  const mtimeMs = mtimeOf(metadata, now.mtimeMs);
  if (mtimeMs !== undefined) setTimes(place, path, now, Math.trunc(now.atimeMs), mtimeMs);
}

/** Sets metadata of a link itself. */
export function applyToLink(host: string, path: string, metadata: Metadata): void {
  if (metadata.attributes) refuseAttributes("set attributes of", path);
  const now = Deno.lstatSync(host);
  const mtimeMs = mtimeOf(metadata, now.mtime?.getTime() ?? 0);
  if (metadata.permissions !== undefined && metadata.permissions !== (now.mode ?? 0) % 0o10000) {
    throw unsupported("set permissions of", path, "links have none that can be set here");
  }
  if (mtimeMs !== undefined && mtimeMs < 0 && mtimeMs % 1000 !== 0) {
    throw unsupported("set time of", path, "a link's time before 1970 can be whole seconds only");
  }
  if (metadata.uid !== undefined || metadata.gid !== undefined) {
    fs.lchownSync(host, metadata.uid ?? now.uid!, metadata.gid ?? now.gid!);
  }
  if (mtimeMs !== undefined) {
    fs.lutimesSync(host, asSettable(now.atime?.getTime() ?? 0), new Date(mtimeMs));
  }
}

/** Sets metadata by path, of what can't be opened; the caller has checked that it is no link. */
export function applyToPath(host: string, path: string, metadata: Metadata): void {
  if (metadata.attributes) refuseAttributes("set attributes of", path);
  const now = Deno.lstatSync(host);
  if (metadata.uid !== undefined || metadata.gid !== undefined) {
    fs.lchownSync(host, metadata.uid ?? now.uid!, metadata.gid ?? now.gid!);
  }
  if (metadata.permissions !== undefined) Deno.chmodSync(host, metadata.permissions);
  const mtimeMs = mtimeOf(metadata, now.mtime?.getTime() ?? 0);
  if (mtimeMs !== undefined) Deno.utimeSync(host, now.atime ?? new Date(), new Date(mtimeMs));
}

/** The modification time to set, in milliseconds; undefined to leave it alone. */
function mtimeOf(metadata: Metadata, nowMs: number): number | undefined {
  const { mtime, mtimeNs } = metadata;
  if (mtime === undefined && mtimeNs === undefined) return undefined;
  return (mtime ?? Math.floor(nowMs / 1000)) * 1000 + Math.floor((mtimeNs ?? 0) / 1e6);
}

/**
 * `Deno.FsFile` sets times exactly, node:fs's descriptors lose digits (and refuse fractions before
 * 1970), but only these open without following links: so the file is opened once more, and used if
 * it is the same one. A file that was renamed since is set through its descriptor.
 */
function setTimes(
  { fd, host }: OpenPlace,
  path: string,
  identity: Identity,
  atimeMs: number,
  mtimeMs: number,
): void {
  if (setTimesExactly(host, identity, atimeMs, mtimeMs)) return;
  if (mtimeMs < 0 && mtimeMs % 1000 !== 0) {
    throw unsupported("set time of", path, "a fraction of a second before 1970");
  }
  // Half a microsecond keeps the binary fraction from falling below the millisecond.
  const mtime = mtimeMs % 1000 === 0 ? new Date(mtimeMs) : mtimeMs / 1000 + 5e-7;
  fs.futimesSync(fd, asSettable(atimeMs), mtime);
}

function setTimesExactly(host: string, identity: Identity, atimeMs: number, mtimeMs: number) {
  try {
    if (!isSame(Deno.lstatSync(host), identity)) return false;
    using file = Deno.openSync(host, { read: true });
    if (!isSame(file.statSync(), identity)) return false;
    file.utimeSync(new Date(atimeMs), new Date(mtimeMs));
    return true;
  } catch {
    return false;
  }
}

/** An access time that node:fs takes. */
function asSettable(milliseconds: number): Date {
  return new Date(milliseconds < 0 ? Math.floor(milliseconds / 1000) * 1000 : milliseconds);
}

function unsupported(action: string, path: string, reason: string): OrbitError {
  return new OrbitError("unsupported", `${action} ${JSON.stringify(path)}: ${reason}`, {
    detail: { path, errno: "EOPNOTSUPP" },
  });
}
