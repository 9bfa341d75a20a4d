/** `orbit sync`. */
import { ExitCode } from "#core/program/exit_codes.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { readListFile, realPath } from "../files.ts";
import { printText, warn } from "#core/program/output/print.ts";
import { parseSyncArguments } from "../sync/arguments.ts";
import { syncDescription } from "../sync/description.ts";
import type { RunSync } from "../sync/run.ts";
import { superviseSync } from "../sync/supervise.ts";

/** Runs `orbit sync ARGS…` and returns the exit status. */
export async function syncCommand(
  args: readonly string[],
  host: Host,
  runSync: RunSync,
): Promise<ExitCode> {
  const parsed = parseSyncArguments(args, {
    cwd: host.cwd(),
    isRoot: host.isRoot(),
    realPath,
    readFile: (path) => readListFile(path, host),
  });
  if (parsed === "help") {
    printText(host, commandHelp(syncDescription));
    return ExitCode.ok;
  }
  const { request, remarks, ...supervision } = parsed;
  if (!supervision.output.quiet) remarks.forEach((remark) => warn(host, remark));
  return await superviseSync(request, supervision, host, runSync);
}
