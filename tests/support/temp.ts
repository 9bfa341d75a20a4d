/** Folders that vanish when a test is over. */

/** A folder of a test's own. */
export interface TempDirectory extends Disposable {
  readonly path: string;
}

/**
 * Makes an empty folder where temporary files go, or with `on: "memory"` in `/dev/shm` where there
 * is one. Disposal removes it with all that is in it, unreadable folders too.
 *
 * Deno refuses its own file calls (and SQLite) below `/dev` to programs that have less than all
 * permissions: a home for `orbit` must not lie in memory; `mountTmpfs` has a way round.
 */
export function makeTempDirectory(options: { on?: "memory" | "disk" } = {}): TempDirectory {
  const dir = options.on === "memory" && isDirectory("/dev/shm") ? "/dev/shm" : undefined;
  const path = Deno.realPathSync(Deno.makeTempDirSync({ dir, prefix: "orbit-test-" }));
  return { path, [Symbol.dispose]: () => removeTree(path) };
}

function removeTree(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    new Deno.Command("chmod", { args: ["-R", "u+rwX", path], stderr: "null" }).outputSync();
    Deno.removeSync(path, { recursive: true });
  }
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
