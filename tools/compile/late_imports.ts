/**
 * Imports that Deno shall not follow before they happen. It reads all modules that a literal
 * `import("./late.js")` names when the program starts, used or not: a fifth of a short run. A name
 * that it can't see is read when it is imported, for which the thread must be allowed to read it.
 */
import { posix } from "node:path";
import type { PackedFile } from "./tar.ts";

const LATE = /\bimport\(("\.[^"]*")\)/g;
const ANY = /\b(?:from|import)\s*\(?"(\.[^"]*)"/g;

/**
 * Hides the names of late imports in a bundle's modules. Those that a worker may come to load stay
 * as they are: a worker may read nothing but its roots.
 */
export function hideLateImports(
  files: readonly PackedFile[],
  workers: readonly string[],
): PackedFile[] {
  const ofWorkers = reachable(files, workers);
  return files.map((file) => {
    if (!file.path.endsWith(".js") || ofWorkers.has(file.path)) return file;
    const code = text(file).replaceAll(LATE, "import(String($1))");
    return { ...file, bytes: new TextEncoder().encode(code) };
  });
}

/** The paths of modules that some modules import, whenever they do, and of these. */
function reachable(files: readonly PackedFile[], entries: readonly string[]): Set<string> {
  const modules = new Map(files.map((file) => [file.path, file]));
  const found = new Set(entries);
  for (const path of found) { // grows while it runs
    const module = modules.get(path);
    if (module === undefined) continue;
    for (const [, name] of text(module).matchAll(ANY)) {
      found.add(posix.join(posix.dirname(path), name));
    }
  }
  return found;
}

function text({ bytes }: PackedFile): string {
  return new TextDecoder().decode(bytes);
}
