/** The real programs, as their tasks start them. */
import { fileURLToPath } from "node:url";
import { type OrbitProcess, startProcess } from "../../support/run.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A module to load before the program's own code, and more flags of the runtime's. */
export interface ProgramOptions {
  preload?: string;
  flags?: readonly string[];
}

/**
 * The command line of `deno task star` or `deno task nucleus`. With a preload every permission is
 * given, for what is loaded has needs of its own; without, it is exactly the task's.
 */
export function programCommand(
  program: "star" | "nucleus",
  args: readonly string[],
  { preload, flags = [] }: ProgramOptions = {},
): string[] {
  const permissions = preload === undefined
    ? [`-P=${program}`]
    : ["-A", `--preload=${fileURLToPath(new URL(preload, import.meta.url))}`];
  return [
    ...[Deno.execPath(), "run", "-q", ...permissions, "--no-prompt", ...taskFlags(program)],
    ...[...flags, `${ROOT}${program}/main.ts`, ...args],
  ];
}

/** The engine's flags in a task of deno.json. */
function taskFlags(task: string): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  return tasks[task].command.match(/--v8-flags=\S+/g) ?? [];
}

/** Runs a command of a program to its end. */
export async function runProgram(command: readonly string[], home: string): Promise<string> {
  await using process = startProcess(command, { home });
  const { code, stdout, stderr } = await process.result;
  if (code !== 0) throw new Error(`run "${command.slice(5).join(" ")}": status ${code}\n${stderr}`);
  return stdout;
}

/** Starts a program that serves; its log is what it says on standard error, in lines of JSON. */
export function startProgram(
  command: readonly string[],
  { home, env }: { home: string; env?: Record<string, string> },
): OrbitProcess {
  return startProcess(command, { home, env });
}
