/** `orbit completions`. */
import { expectPositionals, parseLine } from "#core/program/arguments/parse.ts";
import { parseChoice } from "#core/program/arguments/values.ts";
import { completionsDescription, completionsOptions, SHELLS } from "../completions/description.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { type CommandDescription, commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { printText } from "#core/program/output/print.ts";

type Shell = typeof SHELLS[number];

const GENERATORS: Record<
  Shell,
  () => Promise<(commands: readonly CommandDescription[]) => string>
> = {
  bash: async () => (await import("../completions/bash.ts")).bashCompletions,
  zsh: async () => (await import("../completions/zsh.ts")).zshCompletions,
  fish: async () => (await import("../completions/fish.ts")).fishCompletions,
};

/** Prints the completions of a shell. */
export async function completionsCommand(
  args: readonly string[],
  host: Host,
  describeAll: () => Promise<CommandDescription[]>,
): Promise<ExitCode> {
  const { positionals, help } = parseLine(args, completionsOptions, {});
  if (help) {
    printText(host, commandHelp(completionsDescription));
    return ExitCode.ok;
  }
  expectPositionals(positionals, { least: 1, most: 1, form: SHELLS.join("|") });
  const shell = parseChoice("shell", positionals[0], SHELLS);
  const generate = await GENERATORS[shell]();
  printText(host, generate(await describeAll()));
  return ExitCode.ok;
}
