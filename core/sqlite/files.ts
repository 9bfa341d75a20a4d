/** The files and folders that databases live in, which are their owner's alone. */
import { OrbitError, toOrbitError } from "#core/errors.ts";

/**
 * Makes a folder, and those above it that are missing, with mode 0700; one that exists stays as
 * it is.
 *
 * @throws {OrbitError} `conflict` when something else is in the way; `denied`, `internal` for what
 * the system says.
 */
export function createPrivateFolder(folder: string): void {
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { AlreadyExists, NotADirectory, NotCapable, PermissionDenied } = Deno.errors;
    const isInTheWay = cause instanceof AlreadyExists || cause instanceof NotADirectory;
    const isDenied = cause instanceof NotCapable || cause instanceof PermissionDenied;
    const message = `create folder ${JSON.stringify(folder)}: ${toOrbitError(cause).message}`;
    const code = isInTheWay ? "conflict" : isDenied ? "denied" : "internal";
    throw new OrbitError(code, message, { cause, detail: { path: folder } });
  }
}

/** Makes an empty file with mode 0600 unless there is one; throws what Deno throws. */
export function createPrivateFile(path: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** A file's size in bytes, 0 if there is none; throws what Deno throws. */
export function fileSize(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** @throws {OrbitError} `denied` when others than its owner may look into a folder. */
export function requirePrivateFolder(folder: string): void {
  if (Deno.build.os === "windows") return;
  const { mode } = Deno.statSync(folder);
  if (mode === null || (mode & 0o077) === 0) return;
  const shown = JSON.stringify(folder);
  const bits = (mode & 0o777).toString(8).padStart(4, "0");
  const message = `open data folder ${shown}: others can read it (mode ${bits}); chmod 700 it`;
  throw new OrbitError("denied", message, { detail: { path: folder } });
}
