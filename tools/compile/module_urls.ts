/**
 * Files that code names by their place beside a module: `new URL("./worker.ts", import.meta.url)`
 * and `import.meta.resolve("./worker.ts")`. A bundle has other files in other places, so these
 * are found in the sources and rewritten in what was bundled.
 */
import { dirname, relative, resolve } from "node:path";

const REFERENCE =
  /new URL\(\s*"(\.[^"]*)",\s*import\.meta\.url,?\s*\)|import\.meta\.resolve\(\s*"(\.[^"]*)",?\s*\)/g;

/** The relative names in a module's code. */
export function findReferences(code: string): string[] {
  return [...code.matchAll(REFERENCE)].map(([, url, resolved]) => url ?? resolved);
}

/** What relative names stand for, the same in all modules of a program: absolute paths. */
export class ReferenceTable {
  readonly #targets = new Map<string, string>();
  readonly #folders = new Set<string>();

  /** Notes the references of a source; those to nothing that exists are examples in comments. */
  add(module: string, code: string): void {
    for (const name of findReferences(code)) {
      const target = resolve(dirname(module), name);
      if (!exists(target)) continue;
      // Folders stay apart from files: in a bundle all of them are one.
      if (isFolder(target)) {
        this.#folders.add(name);
        continue;
      }
      const known = this.#targets.get(name);
      if (known !== undefined && known !== target) {
        throw new Error(
          `bundle "${module}": "${name}" is "${target}" here and "${known}" elsewhere; rename one`,
        );
      }
      this.#targets.set(name, target);
    }
  }

  /** Every file that is referred to. */
  targets(): string[] {
    return [...new Set(this.#targets.values())];
  }

  /**
   * Rewrites a bundled file's references; `place` says where a target is in the bundle. A folder
   * of code is the whole bundle, whose files may lie anywhere in it.
   */
  rewrite(file: string, code: string, place: (target: string) => string): string {
    return code.replaceAll(REFERENCE, (found, url?: string, resolved?: string) => {
      const name = url ?? resolved ?? "";
      const path = JSON.stringify(this.#newName(file, name, place));
      return found.replace(`"${name}"`, () => path);
    });
  }

  #newName(file: string, name: string, place: (target: string) => string): string {
    const target = this.#targets.get(name);
    if (target !== undefined) return toReference(relative(dirname(file), place(target)));
    if (this.#folders.has(name)) return `${toReference(relative(dirname(file), "."))}/`;
    throw new Error(`bundle "${file}": "${name}" is in no module that was read`);
  }
}

function toReference(path: string): string {
  if (path === "") return ".";
  return path.startsWith(".") ? path : `./${path}`;
}

function isFolder(path: string): boolean {
  return Deno.statSync(path).isDirectory;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path) !== null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
