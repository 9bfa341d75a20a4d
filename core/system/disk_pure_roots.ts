/** The roots of a pure disk: which paths lie beneath them, and where links may lead. */
import { isAbsolute, join, relative, sep } from "node:path";
import { attempt } from "#core/deno_errors.ts";
import { systemError } from "#core/errors.ts";
import { checkHostPath, PureJail } from "./disk_pure_jail.ts";

/** A path without links in one of the directories that confine a disk. */
export interface PurePlace {
  readonly jail: PureJail;
  readonly path: string;
}

/** The directories that a disk may open anything beneath. */
export class PureRoots {
  /**
   * @param followWithin How far links may lead where an operation follows them.
   * @param due Where those of the paths that may not be reached through links really have to be.
   */
  constructor(
    readonly paths: readonly string[],
    readonly followWithin: "roots" | "tree",
    readonly due: ReadonlyMap<string, string> = new Map(),
  ) {}

  /** What of these roots lies within a scope; see `Disk.within`. */
  within(scope: readonly string[]): PureRoots {
    const paths: string[] = [], due = new Map(this.due);
    for (const path of scope.filter(isAbsolute)) {
      for (const root of this.paths) {
        const real = this.#realRoot(root);
        if (real === undefined) continue;
        const above = [root, real].find((folder) => isBeneath(folder, path));
        if (isBeneath(path, root) || isBeneath(path, real)) {
          paths.push(root);
        } else if (above !== undefined) {
          paths.push(path);
          due.set(path, join(real, relative(above, path)));
        }
      }
    }
    return new PureRoots(paths, this.followWithin, due);
  }

  /** Where a root is; undefined when it isn't there, or isn't where it has to be. */
  #realRoot(path: string): string | undefined {
    const real = realPathOf(path), due = this.due.get(path);
    if (due === undefined) return real;
    return due === real && Deno.lstatSync(real).isDirectory ? real : undefined;
  }

  /**
   * The place under a root that an absolute path leads to.
   *
   * @param named What messages call it.
   * @throws OrbitError `denied` with errno EXDEV, in the same words for everything that isn't
   * beneath a root, existing or not; `not_found` for what is missing beneath one.
   */
  place(action: string, host: string, named: string): PurePlace {
    const real = realPathOf(host);
    const roots = this.paths.map((path) => ({ path, real: this.#realRoot(path) }));
    if (real !== undefined) {
      const root = roots.find((root) => root.real !== undefined && isBeneath(root.real, real));
      if (root === undefined) throw systemError("EXDEV", action, named);
      return { jail: new PureJail(root.real!), path: wayTo(root.real!, real) };
    }
    for (const root of roots) {
      const above = [root.path, root.real].find((path) => path && isBeneath(path, host));
      if (above === undefined || host.split(sep).includes("..")) continue;
      if (root.real === undefined && this.due.has(root.path)) continue;
      const base = root.real ?? attempt(action, named, () => Deno.realPathSync(root.path));
      const jail = new PureJail(base);
      // Throws the reason: missing beneath the root, or a link that leads out.
      return { jail, path: jail.follow(action, wayTo(above, host)) };
    }
    throw systemError("EXDEV", action, named);
  }

  /** Resolves the links of a tree's path as far as they may lead. */
  follow(action: string, { jail, path }: PurePlace): PurePlace {
    checkHostPath(action, path);
    if (this.followWithin === "tree") return { jail, path: jail.follow(action, path) };
    return this.place(action, jail.at(path), path);
  }
}

function realPathOf(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

function isBeneath(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith(".." + sep) && !isAbsolute(way));
}

function wayTo(root: string, path: string): string {
  return relative(root, path).replaceAll(sep, "/");
}
