/** One running Star for each state folder. */
import { join } from "node:path";
import { attempt } from "#core/deno_errors.ts";
import { OrbitError } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";
import { StateFile } from "./state.ts";

/**
 * Takes the folder for this process until it ends or lets go; the system lets go for a process that
 * was killed.
 *
 * @throws {OrbitError} `conflict` when another process has it.
 */
export function lockFolder(folder: string): Disposable {
  const path = join(folder, StateFile.lock);
  const file = attempt(
    "lock state folder",
    path,
    () => Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 }),
  );
  if (file.tryLockSync(true)) return file;
  file.close();
  throw new OrbitError(
    "conflict",
    `use state folder "${escapeName(folder)}": another orbit-star runs on it; ` +
      "orbit-star status tells more, and --state=DIR keeps a second Star",
  );
}

/** Whether a Star runs on the folder now. */
export function isRunning(folder: string): boolean {
  const path = join(folder, StateFile.lock);
  return attempt("look at lock", path, () => {
    try {
      using file = Deno.openSync(path);
      return !file.tryLockSync(false);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  });
}
