/**
 * What the programs of Orbit have in common: choose a command, run it, and turn what it says into a
 * status. A program is a name and a table of commands, each imported only when it is chosen.
 */
import { OrbitError } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";
import { ExitCode, exitCodeOfError } from "./exit_codes.ts";
import type { CommandDescription } from "./help.ts";
import type { Host } from "./host.ts";
import { escapeMessage } from "./output/message.ts";
import { printText, warn } from "./output/print.ts";
import { VERSION } from "./version.ts";

/** One command: how to learn about it and how to run it. */
export interface Command {
  describe(): Promise<CommandDescription>;
  run(args: readonly string[], host: Host): Promise<ExitCode>;
}

/** A program of several commands. */
export interface Program {
  readonly name: string;
  /** What it does, in one line. */
  readonly tagline: string;
  /** In the order of the help. */
  readonly commands: ReadonlyMap<string, Command>;
  /** Titled paragraphs of the help, such as the exit statuses. */
  readonly notes: readonly string[];
  /** Takes a line that names no command, such as one of options alone. */
  readonly otherwise?: Command;
}

/** Runs `PROGRAM ARGS…` and returns the exit status; never throws. */
export async function runProgram(
  program: Program,
  args: readonly string[],
  host: Host,
): Promise<ExitCode> {
  try {
    return await dispatch(program, args, host);
  } catch (error) {
    return report(program, error, args, host);
  }
}

/** What every command of a program says about itself, in the order of the help. */
export async function describeCommands(program: Program): Promise<CommandDescription[]> {
  return await Promise.all(Array.from(program.commands.values(), (each) => each.describe()));
}

/** Chooses the command of a line and runs it. @throws {OrbitError} `invalid` when there is none. */
export async function dispatch(
  program: Program,
  args: readonly string[],
  host: Host,
): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const { programHelp } = await import("./help.ts");
    printText(host, programHelp(program, await describeCommands(program)));
    return name === undefined ? ExitCode.usage : ExitCode.ok;
  }
  if (name === "--version" || name === "-V") {
    printText(host, `${program.name} ${VERSION}\n`);
    return ExitCode.ok;
  }
  const command = program.commands.get(name);
  if (command !== undefined) return await command.run(rest, host);
  if (program.otherwise !== undefined && name.startsWith("-")) {
    return await program.otherwise.run(args, host);
  }
  throw await unknownCommand(program, name);
}

async function unknownCommand(program: Program, name: string): Promise<OrbitError> {
  const { nearest } = await import("#core/nearest.ts");
  const guess = nearest(name, program.commands.keys());
  return new OrbitError(
    "invalid",
    `"${escapeName(name)}": no such command${guess ? `; did you mean ${guess}?` : ""}`,
  );
}

/** One line for trouble that is understood; for a defect, where to take it. */
function report(
  program: Program,
  error: unknown,
  args: readonly string[],
  host: Host,
): ExitCode {
  if (error instanceof OrbitError) {
    for (const line of error.message.split("\n")) warn(host, line);
    if (error.code === "invalid") warn(host, `see ${helpFor(program, args[0])}`);
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

function helpFor({ name: program, commands }: Program, name: string | undefined): string {
  return name !== undefined && commands.has(name)
    ? `${program} ${name} --help`
    : `${program} --help`;
}

function isVerbose(args: readonly string[]): boolean {
  const letters = args.filter((arg) => /^-[a-zA-Z0-9]+$/.test(arg)).join("");
  const words = args.filter((arg) => arg === "--verbose").length;
  return letters.split("v").length - 1 + words >= 2;
}
