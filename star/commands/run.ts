/** `orbit-star run`. */
import { OrbitError } from "#core/errors.ts";
import { createLogger } from "#core/log/mod.ts";
import { expectPositionals, parseLine } from "#core/program/arguments/parse.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { printText, warn } from "#core/program/output/print.ts";
import { runService } from "#core/program/service.ts";
import { runStar } from "../run/run_star.ts";
import { readSettings } from "../run/settings.ts";
import { runDescription, runOptions, type RunSettings } from "./run_description.ts";

/** Runs `orbit-star run ARGS…` and returns the exit status. */
export async function runCommand(args: readonly string[], host: Host): Promise<ExitCode> {
  const options: RunSettings = { roots: [], cwd: host.cwd() };
  const { positionals, help } = parseLine(args, runOptions, options);
  if (help) {
    printText(host, commandHelp(runDescription));
    return ExitCode.ok;
  }
  expectPositionals(positionals, { most: 0, form: "options only" });
  const settings = await readSettings(options, host);
  const log = createLogger({ level: settings.logLevel, format: settings.logFormat });
  try {
    return await runService(host, async (signal) => {
      await runStar(settings, { log, signal });
      return ExitCode.ok;
    });
  } catch (error) {
    if (!(error instanceof OrbitError && error.code === "unauthenticated")) throw error;
    warn(host, error.message);
    return ExitCode.refused;
  } finally {
    log.flush();
  }
}
