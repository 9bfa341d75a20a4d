/** What ends a demo before its time. */

/** Something failed: one line for people, and the end of a log that tells more. */
export class DemoError extends Error {
  override readonly name = "DemoError";

  constructor(message: string, readonly log: string = "") {
    super(message);
  }
}

/** Somebody wants it to end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(readonly why: string) {
    super(`ended by ${why}`);
  }
}

/** How long nothing may happen where something should. */
const PATIENCE_MS = 60_000;

/**
 * Waits for something, but no longer than the demo goes on.
 *
 * @param what For the message when it takes a minute: "nas-1 to connect".
 */
export async function waitFor<T>(
  what: string,
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop);
  const timer = setTimeout(
    () => stopped.reject(new DemoError(`waited ${PATIENCE_MS / 1000} s for ${what}`)),
    PATIENCE_MS,
  );
  try {
    return await Promise.race([promise, stopped.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** The last lines of a log. */
export function tailOf(log: string, lines = 10): string {
  return log.trimEnd().split("\n").slice(-lines).join("\n");
}
