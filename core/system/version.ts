/**
 * Versions: texts by which a system knows again what it has shown, and so removes a source only if
 * it is what was copied. Nobody else has to understand them.
 */
import type { FileFacts } from "./disk.ts";
import { type Entry, FileType } from "./scan_batch.ts";

/** The version of a directory, whatever is in it: it goes only when it is empty. */
export const DIRECTORY_VERSION = "directory";

/** The version of a regular file: changes whenever its content may have. */
export function versionOfFile(facts: FileFacts): string {
  const { size, mtime, mtimeNs, ctime, ctimeNs, devMajor, devMinor, ino } = facts;
  // Removing one of a file's names changes that time of all the others.
  const change = facts.nlink > 1 ? "linked" : `${ctime}.${ctimeNs}`;
  return `file:${size}:${mtime}.${mtimeNs}:${change}:${ino}:${devMajor}.${devMinor}`;
}

/** Whether a file is still of a version of {@linkcode versionOfFile}. */
export function isOfVersion(facts: FileFacts, version: string): boolean {
  return version === versionOfFile(facts) || version === versionOfFile({ ...facts, nlink: 2 });
}

/** The version of what has no content of its own: all that there is to it. */
export function versionOfEntry(
  { mode, link, rdevMajor, rdevMinor }: Pick<Entry, "mode" | "link" | "rdevMajor" | "rdevMinor">,
): string {
  const type = mode & FileType.mask;
  if (type === FileType.directory) return DIRECTORY_VERSION;
  if (type === FileType.link) return `link:${link ?? ""}`;
  return `special:${type.toString(8)}:${rdevMajor}.${rdevMinor}`;
}

/**
 * Whether two versions of files, each told by a system of its own, may be of one and the same file
 * on a disk that both of them see: then removing it as the source removes the copy, too.
 */
export function mayBeOneFile(a: string, b: string): boolean {
  const [kind, ...x] = a.split(":"), [otherKind, ...y] = b.split(":");
  if (kind !== "file" || otherKind !== "file" || x.length !== 5 || y.length !== 5) {
    return true; // what can't be known isn't believed
  }
  const [sameSize, sameTime, sameChange, sameInode] = x.map((part, i) => part === y[i]);
  if (!sameSize || !sameTime || !sameChange) return false;
  // No two files are changed in one nanosecond; where times are coarse, inodes have to tell.
  const fraction = Number(x[2].split(".")[1] ?? 0);
  return sameInode || fraction % 1_000_000 !== 0;
}
