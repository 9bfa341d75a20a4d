/**
 * Paths as requests name them, judged by their text alone: absolute, without `.`, `..` or empty
 * parts, so that one lies beneath another exactly when its parts begin with the other's. Where links
 * in them may lead is for the Star to see to, by its roots and the scope of the job.
 */
import { encodeName } from "#core/names.ts";

const MAX_BYTES = 4096;

/** A path in its one spelling; undefined when it isn't absolute and plain. */
export function normalPath(text: string): string | undefined {
  if (text.includes("\0") || text.length > MAX_BYTES || encodeName(text).length > MAX_BYTES) {
    return undefined;
  }
  const parts = partsOf(text);
  if (parts === undefined || parts.some((part) => ["", ".", ".."].includes(part))) return undefined;
  const drive = driveOf(text);
  return drive === undefined ? `/${parts.join("/")}` : `${drive}\\${parts.join("\\")}`;
}

/** Whether a path is the folder or lies beneath it; both as {@linkcode normalPath} gives them. */
export function isBeneath(folder: string, path: string): boolean {
  const drive = driveOf(path);
  if (driveOf(folder)?.toUpperCase() !== drive?.toUpperCase()) return false;
  const outer = partsOf(folder)!, inner = partsOf(path)!;
  // Windows' file systems take letters of either case for the same.
  const same = (a: string, b: string) =>
    a === b || (drive !== undefined && a.toLowerCase() === b.toLowerCase());
  return outer.length <= inner.length && outer.every((part, i) => same(part, inner[i]));
}

/** `C:` of a path of Windows. */
function driveOf(path: string): string | undefined {
  return /^([A-Za-z]:)[\\/]/.exec(path)?.[1];
}

/** What stands between the separators; undefined when the path isn't absolute. */
function partsOf(path: string): string[] | undefined {
  const isWindows = driveOf(path) !== undefined;
  if (!isWindows && !path.startsWith("/")) return undefined;
  const rest = isWindows ? path.slice(3) : path.slice(1);
  const parts = isWindows ? rest.split(/[\\/]/) : rest.split("/");
  if (parts.at(-1) === "") parts.pop();
  return parts;
}
