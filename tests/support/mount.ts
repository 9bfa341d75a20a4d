/** File systems of a test's own: small ones to fill up, fast ones to measure on. */
import { makeTempDirectory, type TempDirectory } from "./temp.ts";

export interface TmpfsOptions {
  /** Room for contents. */
  sizeBytes: number;
  /** How many files there may be. */
  inodes?: number;
}

/**
 * Mounts a file system in memory at a temporary folder; null when this user or machine may not
 * mount. Disposal unmounts it, even if it is in use.
 */
export function mountTmpfs({ sizeBytes, inodes }: TmpfsOptions): TempDirectory | null {
  const folder = makeTempDirectory({ on: "disk" });
  const options = `size=${Math.floor(sizeBytes)}` + (inodes ? `,nr_inodes=${inodes}` : "");
  if (Deno.uid() === 0 && run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder.path])) {
    return { path: folder.path, [Symbol.dispose]: () => unmount(folder) };
  }
  folder[Symbol.dispose]();
  return null;
}

/** Makes a mounted file system read-only, or writable again. */
export function remount(path: string, access: "ro" | "rw"): void {
  if (!run("mount", ["-o", `remount,${access}`, path])) {
    throw new Error(`remount "${path}": failed`);
  }
}

function unmount(folder: TempDirectory): void {
  // Removing the folder first would empty the file system file by file.
  if (!run("umount", ["-l", folder.path])) throw new Error(`unmount "${folder.path}": failed`);
  folder[Symbol.dispose]();
}

function run(command: string, args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
