/** `--safe-links`: which symbolic links stay inside the tree they are copied with. */

/**
 * Whether a link could lead out of the copied tree. rsync's rule (its 3.4 and later): an absolute
 * or empty target, more ".." than directories above the link, or a ".." after a name, which would
 * be counted wrongly when that name is itself a link.
 *
 * @param path The link's path in the tree.
 */
export function isUnsafeLink(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/")) return true;
  let depth = path.split("/").length - 1;
  let named = false;
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") named = true;
    else if (named || --depth < 0) return true;
  }
  return false;
}
