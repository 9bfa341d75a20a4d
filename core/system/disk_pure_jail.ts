/**
 * Confinement by looking: what can be done without the kernel's help.
 *
 * A path is looked at before it is used and again afterwards. Whoever swaps directories for links
 * in between must change them back for every look, in step with it, to go unnoticed; every check
 * takes {@linkcode rounds} looks at two things that can't both be right while the swap stands.
 */
import { resolve, sep } from "node:path";
import { attempt } from "#core/deno_errors.ts";
import { OrbitError, systemError } from "#core/errors.ts";
import { isText } from "#core/names.ts";
import { type Identity, isSame } from "./disk_pure_facts.ts";
import { checkRelativePath, joinPath, parentOf } from "./relative_path.ts";
import { followBeneath } from "./relative_path_follow.ts";

/** Looks of one check after use. */
const rounds = 4;

/**
 * Attempts to find something that was made in the wrong place: some tenths of a second, longer than
 * whoever swaps directories may be kept waiting by a busy machine.
 */
const searches = 20_000;

/** Paths beneath one directory of the host. */
export class PureJail {
  /** @param base The directory's real path: absolute, without links. */
  constructor(readonly base: string) {}

  /** The host's path of a relative path. */
  at(path: string): string {
    if (path === "") return this.base;
    return this.base.endsWith(sep) ? this.base + path : this.base + sep + path;
  }

  /** Checks a path by its text and its parent directory by a look; returns the host's path. */
  enter(action: string, path: string): string {
    checkHostPath(action, path);
    this.checkDirectory(action, path, parentOf(path));
    return this.at(path);
  }

  /** Resolves the links of a path that stay in the jail; returns a path without links. */
  follow(action: string, path: string): string {
    checkHostPath(action, path);
    return followBeneath(action, path, (at) =>
      attempt(action, path, () => {
        const host = this.at(at);
        if (!Deno.lstatSync(host).isSymlink) return null;
        const target = Deno.readLinkSync(host);
        return sep === "/" ? target : target.replaceAll(sep, "/").replace(/^[A-Za-z]:/, "/");
      }));
  }

  /** Throws unless `directory` is where it says, with no link on the way. */
  checkDirectory(action: string, path: string, directory: string): void {
    const host = this.at(directory);
    try {
      if (Deno.realPathSync(host) === host) return;
    } catch { /* The walk below says why. */ }
    this.#explain(action, path, directory);
  }

  /** Throws unless what was opened, made or moved as `path` is what lies there, in the jail. */
  settle(action: string, path: string, identity: Identity): void {
    const host = this.at(path);
    for (let round = 0; round < rounds; round++) {
      this.checkDirectory(action, path, parentOf(path));
      const found = attempt(action, path, () => Deno.lstatSync(host));
      if (!isSame(found, identity)) {
        throw systemError(found.isSymlink ? "ELOOP" : "ESTALE", action, path);
      }
    }
  }

  /**
   * Finds what went through `path` to wherever it landed and hands its path, as free of links as
   * it was then, to `undo`. Gives up silently: the caller is about to throw anyway.
   */
  retrieve(path: string, isOurs: (info: Deno.FileInfo) => boolean, undo: (at: string) => void) {
    const host = this.at(path);
    const name = host.slice(host.lastIndexOf(sep) + 1);
    for (let search = 0; search < searches; search++) {
      try {
        const at = resolve(Deno.realPathSync(this.at(parentOf(path))), name);
        if (!isOurs(Deno.lstatSync(at))) continue;
        undo(at);
        return;
      } catch { /* Swapped again, or out of the runtime's permissions: look again. */ }
    }
  }

  /** Walks down to `directory` and throws what is wrong with it. */
  #explain(action: string, path: string, directory: string): void {
    let at = "";
    for (const name of ["", ...directory.split("/")]) {
      at = joinPath(at, name);
      const found = attempt(action, path, () => Deno.lstatSync(this.at(at)));
      if (found.isSymlink) throw systemError("ELOOP", action, path);
      if (!found.isDirectory) throw systemError("ENOTDIR", action, path);
    }
    this.#checkSpelling(action, path, directory);
  }

  /** No link was found: the real path must be another spelling (case, Unicode) of this one. */
  #checkSpelling(action: string, path: string, directory: string): void {
    const host = this.at(directory);
    const real = attempt(action, path, () => Deno.realPathSync(host));
    const isSpelling = real.normalize("NFC").toLowerCase() === host.normalize("NFC").toLowerCase();
    if (!isSpelling) throw systemError("ELOOP", action, path);
  }
}

/** Checks that a text can be a path here: checked as everywhere, and for what the host can't take. */
export function checkHostPath(action: string, path: string): void {
  checkRelativePath(path);
  checkText(action, path, path);
  if (sep !== "/" && /[\\:]/.test(path)) {
    throw new OrbitError("invalid", `${action} ${JSON.stringify(path)}: not a name on this host`, {
      detail: { path, errno: "EINVAL" },
    });
  }
}

/** Refuses text that Deno would pass on changed: its calls take no bytes that aren't UTF-8. */
export function checkText(action: string, path: string, text: string): void {
  if (!isText(text)) throw systemError("EILSEQ", action, path);
}
