/** Work that goes on until somebody asks it to stop: what a service manager runs. */
import { ExitCode } from "./exit_codes.ts";
import type { Host, StopSignal } from "./host.ts";

/** What a service's signal aborts with. */
export class StopRequest extends DOMException {
  constructor(readonly by: StopSignal) {
    super(`stopped by ${by}`, "AbortError");
  }
}

/**
 * Runs a service and returns its exit status. SIGTERM is how service managers end what they run,
 * and a service that it ended has done what was asked of it: 0. After ^C or a hang-up it is 20. A
 * second request to stop ends the process at once.
 *
 * @param work Ends when its signal aborts; what it throws then is no failure.
 */
export async function runService(
  host: Pick<Host, "onStop" | "exit">,
  work: (signal: AbortSignal) => Promise<ExitCode>,
): Promise<ExitCode> {
  const controller = new AbortController();
  const { signal } = controller;
  const statusOf = () =>
    (signal.reason as StopRequest).by === "SIGTERM" ? ExitCode.ok : ExitCode.interrupted;
  using _stops = host.onStop((name) => {
    if (signal.aborted) host.exit(statusOf());
    controller.abort(new StopRequest(name));
  });
  try {
    const code = await work(signal);
    return signal.aborted ? statusOf() : code;
  } catch (error) {
    if (!signal.aborted) throw error;
    return statusOf();
  }
}
