/** `orbit hash`. */
import { parseLine, usage } from "#core/program/arguments/parse.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { runForeground } from "#core/program/foreground.ts";
import { checkList } from "../hash/check.ts";
import {
  hashDescription,
  hashOptions,
  type HashSettings,
  initialHashSettings,
} from "../hash/description.ts";
import { checkLine, checkWarnings, HASH_SCHEMA, hashLine } from "../hash/output.ts";
import { hashNamed, type HashTools } from "../hash/run.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { LineOutput } from "#core/program/output/line_output.ts";
import { escapeMessage } from "#core/program/output/message.ts";
import { printText } from "#core/program/output/print.ts";
import { localReading, type Reading } from "../reading.ts";

/** Runs `orbit hash ARGS…` and returns the exit status. */
export async function hashCommand(
  args: readonly string[],
  host: Host,
  reading: Reading = localReading,
): Promise<ExitCode> {
  const settings = initialHashSettings();
  const { positionals, help } = parseLine(args, hashOptions, settings);
  if (help) {
    printText(host, commandHelp(hashDescription));
    return ExitCode.ok;
  }
  if (settings.quiet && !settings.check) throw usage("--quiet: goes with --check only");
  const names = positionals.length === 0 ? ["-"] : positionals;
  return await runForeground(host, async (foreground) => {
    const { json, jobs } = settings;
    const { onClosed } = foreground;
    using output = new LineOutput(host, { schema: HASH_SCHEMA, json, onClosed });
    const tools = { host, reading, foreground, jobs };
    return settings.check
      ? await checkLists(names, settings, tools, output)
      : await hashFiles(names, tools, output);
  });
}

async function hashFiles(
  names: readonly string[],
  tools: HashTools,
  output: LineOutput,
): Promise<ExitCode> {
  let failed = 0;
  for await (const { name, ...found } of hashNamed(names, tools)) {
    if (found.error === undefined) {
      output.say((form) => hashLine(found.hash, name, form));
    } else {
      failed++;
      output.trouble(name, found.error);
    }
  }
  return failed === 0 ? ExitCode.ok : ExitCode.someFailed;
}

async function checkLists(
  lists: readonly string[],
  { quiet, json: isJson }: HashSettings,
  tools: HashTools,
  output: LineOutput,
): Promise<ExitCode> {
  const counts = { failed: 0, badLines: 0 };
  for (const list of lists) {
    for await (const item of checkList(list, tools)) {
      if (item.kind === "bad") {
        counts.badLines++;
        output.remark(escapeMessage(`orbit: ${list}: line ${item.line}: ${item.reason}`));
        continue;
      }
      const { name, result } = item;
      if (result.status !== "ok") counts.failed++;
      else if (quiet && !isJson) continue;
      output.say((form) => checkLine(name, result, form));
    }
  }
  checkWarnings(counts).forEach((line) => output.remark(line));
  return counts.failed + counts.badLines === 0 ? ExitCode.ok : ExitCode.someFailed;
}
