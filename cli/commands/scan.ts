/** `orbit scan`. */
import { expectPositionals, parseLine } from "#core/program/arguments/parse.ts";
import { resolvePath } from "../arguments/paths.ts";
import { readRules } from "../arguments/rules.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { readListFile } from "../files.ts";
import { runForeground } from "#core/program/foreground.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { printText } from "#core/program/output/print.ts";
import { localReading, type Reading } from "../reading.ts";
import { initialScanSettings, scanDescription, scanOptions } from "../scan/description.ts";
import { runScan } from "../scan/run.ts";

/** Runs `orbit scan ARGS…` and returns the exit status. */
export async function scanCommand(
  args: readonly string[],
  host: Host,
  reading: Reading = localReading,
): Promise<ExitCode> {
  const settings = initialScanSettings();
  const { positionals, help } = parseLine(args, scanOptions, settings);
  if (help) {
    printText(host, commandHelp(scanDescription));
    return ExitCode.ok;
  }
  expectPositionals(positionals, { least: 1, most: 1, form: "PATH" });
  const { path } = resolvePath(positionals[0], { cwd: host.cwd(), realPath: reading.realPath });
  const filter = readRules(settings.rules, settings.nulSeparated, {
    readFile: (file) => readListFile(file, host),
  });
  return await runForeground(
    host,
    (foreground) => runScan({ path, settings, filter }, host, reading, foreground),
  );
}
