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

  /** Notes the references of a source; those to nothing that exists are examples in comments. */
  add(module: string, code: string): void {
    for (const name of findReferences(code)) {
      const target = resolve(dirname(module), name);
      if (!exists(target)) continue;
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

  /** Rewrites a bundled file's references; `place` says where a target is in the bundle. */
  rewrite(file: string, code: string, place: (target: string) => string): string {
    return code.replaceAll(REFERENCE, (found, url?: string, resolved?: string) => {
      const name = url ?? resolved ?? "";
      const target = this.#targets.get(name);
      if (target === undefined) {
        throw new Error(`bundle "${file}": "${name}" is in no module that was read`);
      }
      const path = relative(dirname(file), place(target));
      return found.replace(`"${name}"`, JSON.stringify(path.startsWith(".") ? path : `./${path}`));
    });
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path) !== null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
