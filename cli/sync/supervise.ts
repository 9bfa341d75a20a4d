/** Runs a sync in the foreground: shows it, and stops it when asked to. */
import type { SyncRequest } from "#core/sync/options.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { exitCodeOfReport } from "#core/sync/exit_code.ts";
import type { Host, StopSignal } from "#core/program/host.ts";
import { SyncDisplay } from "../output/display.ts";
import type { RunSync, SyncRunOptions } from "./run.ts";
import type { SyncOutput } from "./settings.ts";

/** How a run is shown, and what the engine is given beside the request. */
export interface Supervision extends Omit<SyncRunOptions, "signal" | "observer"> {
  output: SyncOutput;
  /** What is done when it is asked to stop; "stopping" when absent. */
  stopping?: string;
}

/**
 * Runs a request and returns the exit status. The first request to stop ends the run in good
 * order, the second ends the process at once.
 */
export async function superviseSync<Request extends Pick<SyncRequest, "options">>(
  request: Request,
  { output, stopping = "stopping", ...run }: Supervision,
  host: Host,
  runSync: RunSync<Request>,
): Promise<ExitCode> {
  const controller = new AbortController();
  const stop = (why: string) => controller.abort(new DOMException(why, "AbortError"));
  let failure: Error | undefined;
  using display = new SyncDisplay(host, {
    output,
    dryRun: request.options.dryRun,
    verify: request.options.verify,
    onClosed: (error) => {
      failure = error;
      stop("nobody reads the output");
    },
  });
  using _signals = host.onStop((signal) => {
    if (controller.signal.aborted) {
      display[Symbol.dispose]();
      host.exit(ExitCode.interrupted);
    }
    display.say(stoppingLine(stopping, signal));
    stop(`interrupted by ${signal}`);
  });
  const { signal } = controller;
  try {
    const report = await runSync(request, { ...run, signal, observer: display.observe });
    display.flush();
    if (failure !== undefined) throw failure;
    return exitCodeOfReport(report);
  } catch (error) {
    if (failure !== undefined) throw failure;
    if (!signal.aborted || error !== signal.reason) throw error;
    return ExitCode.interrupted;
  }
}

function stoppingLine(stopping: string, signal: StopSignal): string {
  return signal === "SIGINT"
    ? `orbit: ${stopping}; press ^C again to exit at once`
    : `orbit: ${stopping} on ${signal}`;
}
