/** The Deno permissions of a file worker: its roots, the two native libraries, nothing else. */
import { libcCandidates } from "#core/posix/mod.ts";

/** A permission list for `new Worker`. */
export interface WorkerPermissions {
  read: string[];
  write: string[];
  ffi: string[] | false;
  net: false;
  env: false;
  run: false;
  sys: false;
  import: false;
}

/**
 * Permissions for the given roots. The native libraries are named only where this program may
 * load them itself: a worker can't be given more than its parent has.
 */
export function workerPermissions(
  read: string[],
  write: string[],
  addon: string | null,
): WorkerPermissions {
  const libraries = [...libcCandidates(), ...(addon === null ? [] : [addon])].filter((path) =>
    Deno.permissions.querySync({ name: "ffi", path }).state === "granted"
  );
  return {
    read: withRealPaths(addon === null ? read : [...read, addon]),
    write: withRealPaths(write),
    ffi: libraries.length === 0 ? false : libraries,
    net: false,
    env: false,
    run: false,
    sys: false,
    import: false,
  };
}

/** Deno's path permissions don't resolve links: a root that is reached through one needs both. */
function withRealPaths(paths: string[]): string[] {
  return [...new Set(paths.flatMap((path) => [path, realPathOf(path)]))];
}

function realPathOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path; // missing, or not for this program to read: opening it will say so
  }
}
