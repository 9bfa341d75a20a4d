/** `orbit-star` without a command: manual mode. */
import { createLogger } from "#core/log/mod.ts";
import { expectPositionals, parseLine } from "#core/program/arguments/parse.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { printText } from "#core/program/output/print.ts";
import { runService } from "#core/program/service.ts";
import { runManually } from "../manual/run_manual.ts";
import { readManualSettings } from "../manual/settings.ts";
import { initialManualOptions, manualDescription, manualOptions } from "./manual_description.ts";

/** Runs `orbit-star OPTION…` and returns the exit status. */
export async function manualCommand(args: readonly string[], host: Host): Promise<ExitCode> {
  const options = initialManualOptions(host.cwd());
  const { positionals, help } = parseLine(args, manualOptions, options);
  if (help) {
    printText(host, commandHelp(manualDescription));
    return ExitCode.ok;
  }
  expectPositionals(positionals, { most: 0, form: "options only" });
  const settings = await readManualSettings(options, (name) => host.env(name));
  const log = createLogger({ level: options.logLevel, format: options.logFormat });
  try {
    return await runService(host, async (signal) => {
      await runManually(settings, { log, signal });
      return ExitCode.ok;
    });
  } finally {
    log.flush();
  }
}
