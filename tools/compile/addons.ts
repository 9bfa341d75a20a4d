/** Native addons: files of machine code that a permission set names by relative paths. */
import { resolve } from "node:path";
import type { PermissionSet } from "./permissions.ts";
import type { PackedFile } from "./tar.ts";

export interface PackedAddons {
  files: PackedFile[];
  /** The set, with the addons' places in the package; those not installed here are left out. */
  permissions: PermissionSet;
  /** For the import map: where the packages that come with addons would be. */
  imports: Record<string, string>;
}

const FOLDER = "node_modules/";

/** The runtime that is packed with them has one C library; both kinds may be installed. */
const OTHER_LIBC: Record<string, string> = { gnu: "-musl/", musl: "-gnu/" };

/**
 * Packs the addons of this platform that a set names under `ffi`. In the package they lie where
 * an installer puts them, so that the program finds them by asking for the package beside them.
 */
export function packAddons(
  root: string,
  set: PermissionSet,
  imports: Readonly<Record<string, string>>,
): PackedAddons {
  if (!Array.isArray(set.ffi)) return { files: [], permissions: set, imports: {} };
  const installed = set.ffi.filter((path) =>
    isOwn(path) && isForRuntime(path) && isFile(resolve(root, path))
  );
  const files = installed.map((path) => ({
    path: placeOf(path),
    mode: 0o500,
    bytes: Deno.readFileSync(resolve(root, path)),
  }));
  const ffi = [
    ...set.ffi.filter((path) => !isOwn(path)),
    ...installed.map((path) => `./${placeOf(path)}`),
  ];
  return {
    files,
    permissions: { ...set, ffi },
    imports: Object.fromEntries(
      Object.keys(imports)
        .filter((name) => files.some(({ path }) => path.startsWith(`${FOLDER}${name}-`)))
        .map((name) => [name, `./${FOLDER}${name}/index.js`]),
    ),
  };
}

function isOwn(path: string): boolean {
  return path.startsWith("./");
}

function isForRuntime(path: string): boolean {
  const other = OTHER_LIBC[Deno.build.env ?? ""];
  return other === undefined || !path.includes(other);
}

function placeOf(path: string): string {
  return path.slice(path.lastIndexOf(FOLDER));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
