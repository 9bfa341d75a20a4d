/**
 * Following links inside a tree, by the rules of Linux's `openat2(RESOLVE_BENEATH)`, for drivers
 * that have no kernel to ask: the walk never leaves the base at any step, so an absolute target
 * or one that climbs above the base ends it even if it would lead back in.
 */
import { systemError } from "#core/errors.ts";
import { joinPath, parentOf } from "./relative_path.ts";

/** Links that one walk passes at most, as in Linux (`MAXSYMLINKS`). */
const maxLinks = 40;

/** Tells what a walk finds at a link-free path: a link's target, null for anything else. */
export type LookForLink = (path: string) => string | null;

/**
 * Resolves all links of a relative path and returns the path without links. The last component
 * need not exist; what `look` throws for missing ones passes through.
 *
 * @param path A checked relative path.
 * @throws OrbitError `denied` with errno EXDEV when a link leads out, whether or not its target
 * exists, and ELOOP after 40 links.
 */
export function followBeneath(action: string, path: string, look: LookForLink): string {
  const ahead = path.split("/").reverse();
  let links = 0;
  let at = "";
  while (ahead.length > 0) {
    const name = ahead.pop()!;
    if (name === "" || name === ".") continue;
    if (name === "..") {
      if (at === "") throw systemError("EXDEV", action, path);
      at = parentOf(at);
      continue;
    }
    const target = look(joinPath(at, name));
    if (target === null) {
      at = joinPath(at, name);
      continue;
    }
    if (++links > maxLinks) throw systemError("ELOOP", action, path);
    if (target.startsWith("/")) throw systemError("EXDEV", action, path);
    ahead.push(...target.split("/").reverse());
  }
  return at;
}
