/** `orbit`: the composition root. Chooses a command, runs it, and turns what it says into a status. */
import { OrbitError } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";
import { createDenoHost } from "./deno_host.ts";
import { ExitCode, exitCodeOfError } from "./exit_codes.ts";
import type { Host } from "./host.ts";
import { escapeMessage } from "./output/message.ts";
import { printText, warn } from "./output/print.ts";
import { commands, describeAll } from "./registry.ts";

/** Runs `orbit ARGS…` and returns the exit status; never throws. */
export async function runOrbit(args: readonly string[], host: Host): Promise<ExitCode> {
  try {
    return await dispatch(args, host);
  } catch (error) {
    return report(error, args, host);
  }
}

async function dispatch(args: readonly string[], host: Host): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const { programHelp } = await import("./help.ts");
    printText(host, programHelp(await describeAll()));
    return name === undefined ? ExitCode.usage : ExitCode.ok;
  }
  if (name === "--version" || name === "-V") {
    const { VERSION } = await import("./version.ts");
    printText(host, `orbit ${VERSION}\n`);
    return ExitCode.ok;
  }
  const command = commands.get(name);
  if (command === undefined) throw await unknownCommand(name);
  return await command.run(rest, host);
}

async function unknownCommand(name: string): Promise<OrbitError> {
  const { nearest } = await import("./arguments/suggest.ts");
  const guess = nearest(name, commands.keys());
  return new OrbitError(
    "invalid",
    `"${escapeName(name)}": no such command${guess ? `; did you mean ${guess}?` : ""}`,
  );
}

/** One line for trouble that is understood; for a defect, where to take it. */
function report(error: unknown, args: readonly string[], host: Host): ExitCode {
  if (error instanceof OrbitError) {
    warn(host, error.message);
    if (error.code === "invalid") warn(host, `see ${helpFor(args[0])}`);
    return exitCodeOfError(error.code);
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  warn(host, `a defect of Orbit: ${message}`);
  if (!isVerbose(args)) {
    warn(host, "please report it, with what the same command says with -vv");
  } else if (error instanceof Error && error.stack !== undefined) {
    for (const line of error.stack.split("\n")) warn(host, escapeMessage(line));
  }
  return exitCodeOfError("internal");
}

function helpFor(name: string | undefined): string {
  return name !== undefined && commands.has(name) ? `orbit ${name} --help` : "orbit --help";
}

function isVerbose(args: readonly string[]): boolean {
  const letters = args.filter((arg) => /^-[a-zA-Z0-9]+$/.test(arg)).join("");
  const words = args.filter((arg) => arg === "--verbose").length;
  return letters.split("v").length - 1 + words >= 2;
}

if (import.meta.main) {
  const host = createDenoHost();
  host.exit(await runOrbit(Deno.args, host));
}
