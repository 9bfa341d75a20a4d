/**
 * Following symbolic links by hand, for what `openat2(RESOLVE_BENEATH)` can't: absolute links that
 * lead back beneath a root, and paths longer than one call takes.
 *
 * Only text is resolved here. Each look is a strict open beneath a held root, so nothing outside
 * is touched whatever the links say, and the final open is strict again.
 */
import { decodeName } from "#core/names.ts";
import { Errno } from "#core/posix/mod.ts";
import { type Opener, STRICT } from "./disk_posix_open.ts";
import type { Location } from "./disk_posix_roots.ts";

/** As many as the kernel follows (`MAXSYMLINKS`). */
const LINK_LIMIT = 40;

/**
 * Opens a place through its links; a descriptor, or a negated error number.
 *
 * @param locate Finds an absolute link target beneath a permitted root, or null.
 */
export function followLinks(
  opener: Opener,
  start: Location,
  flags: number,
  locate: (path: string) => Location | null,
): number {
  let { root } = start;
  let walked: string[] = [];
  const ahead = namesAhead(start.path);
  for (let links = 0; ahead.length > 0;) {
    const name = ahead.pop()!;
    if (name === "..") {
      if (walked.length === 0 && !root.isWhole) return -Errno.EXDEV;
      walked.pop();
      continue;
    }
    const target = readLink(opener, root.fd, walked.join("/"), name);
    if (target === -Errno.EINVAL) {
      walked.push(name);
      continue;
    }
    if (typeof target === "number") return target;
    if (++links > LINK_LIMIT) return -Errno.ELOOP;
    if (target.startsWith("/")) {
      const found = locate(target);
      if (!found) return -Errno.EXDEV;
      root = found.root;
      walked = [];
      ahead.push(...namesAhead(found.path));
    } else {
      ahead.push(...namesAhead(target));
    }
  }
  return opener.open(root.fd, walked.join("/"), flags, STRICT);
}

/** The names of a path with the next one last. */
function namesAhead(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".").reverse();
}

/** A link's target, or a negated error number: `EINVAL` for what is no link. */
function readLink(opener: Opener, rootFd: number, parent: string, name: string): string | number {
  const { libc } = opener;
  const flags = libc.open.path | libc.open.directory | libc.open.closeOnExec;
  const directory = opener.open(rootFd, parent, flags, STRICT);
  if (directory < 0) return directory;
  try {
    const target = libc.entries.readlinkat(directory, libc.name(name));
    return typeof target === "number" ? target : decodeName(target);
  } finally {
    libc.files.close(directory);
  }
}
