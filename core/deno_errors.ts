/** What Deno's and node:fs's calls throw, as the system errors that all of Orbit speaks in. */
import { OrbitError, systemError } from "#core/errors.ts";

/** Error classes of Deno that may come without a code. */
const byClass: [new (message: string) => Error, string][] = [
  [Deno.errors.NotFound, "ENOENT"],
  [Deno.errors.AlreadyExists, "EEXIST"],
  [Deno.errors.PermissionDenied, "EACCES"],
  [Deno.errors.NotADirectory, "ENOTDIR"],
  [Deno.errors.IsADirectory, "EISDIR"],
  [Deno.errors.FilesystemLoop, "ELOOP"],
  [Deno.errors.InvalidData, "EILSEQ"],
  [Deno.errors.BadResource, "EBADF"],
  [Deno.errors.Interrupted, "EINTR"],
  [Deno.errors.WouldBlock, "EAGAIN"],
  [Deno.errors.Busy, "EBUSY"],
  [Deno.errors.NotSupported, "EOPNOTSUPP"],
];

/** The symbolic name of the system error that was thrown; undefined when it is none. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof OrbitError) return error.detail.errno;
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && /^E[A-Z0-9]+$/.test(code)) return code;
  return byClass.find(([kind]) => error instanceof kind)?.[1];
}

/** Whether there is anything at a path, be it a link that leads nowhere. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Runs system calls and turns what they throw into an OrbitError about `path`. */
export function attempt<T>(action: string, path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw toSystemError(error, action, path);
  }
}

/** What a call threw, as an OrbitError about `path`; what is no system error stays as it is. */
export function toSystemError(error: unknown, action: string, path: string): unknown {
  if (error instanceof OrbitError) return error;
  if (error instanceof Deno.errors.NotCapable) {
    const needed = error.message.replace(/, run again with .*$/s, "");
    const reason = `the program's permissions don't allow it (${needed})`;
    return new OrbitError("denied", `${action} ${JSON.stringify(path)}: ${reason}`, {
      cause: error,
      detail: { path, errno: "EACCES" },
    });
  }
  const errno = errnoOf(error);
  return errno === undefined ? error : systemError(errno, action, path);
}
