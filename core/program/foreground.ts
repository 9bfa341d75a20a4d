/** Work in the foreground that ^C, or a reader of its output that goes away, ends. */
import { ExitCode } from "./exit_codes.ts";
import type { Host } from "./host.ts";

/** How work learns that it is to end, and says so itself. */
export interface Foreground {
  readonly signal: AbortSignal;
  /** Call it when nobody reads standard output any more. */
  readonly onClosed: () => void;
}

/**
 * Runs work and returns its exit status, or 20 when it was ended from outside. A second request
 * to stop ends the process at once.
 */
export async function runForeground(
  host: Pick<Host, "onStop" | "exit">,
  work: (foreground: Foreground) => Promise<ExitCode>,
): Promise<ExitCode> {
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (why: string) => controller.abort(new DOMException(why, "AbortError"));
  using _stops = host.onStop((name) => {
    if (signal.aborted) host.exit(ExitCode.interrupted);
    stop(`interrupted by ${name}`);
  });
  try {
    const code = await work({ signal, onClosed: () => stop("nobody reads the output") });
    return signal.aborted ? ExitCode.interrupted : code;
  } catch (error) {
    // What was at work says in its own words that it was stopped.
    if (!signal.aborted) throw error;
    return ExitCode.interrupted;
  }
}
