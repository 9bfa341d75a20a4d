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
    read: addon === null ? read : [...read, addon],
    write,
    ffi: libraries.length === 0 ? false : libraries,
    net: false,
    env: false,
    run: false,
    sys: false,
    import: false,
  };
}
