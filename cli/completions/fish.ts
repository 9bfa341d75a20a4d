/** Completions for fish. */
import { type Completion, negationsOf, type Option } from "#core/program/arguments/option.ts";
import type { CommandDescription } from "#core/program/help.ts";

/** A script for `~/.config/fish/completions/orbit.fish`. */
export function fishCompletions(commands: readonly CommandDescription[]): string {
  const lines = [
    "# orbit completions for fish",
    "complete -c orbit -f",
    "complete -c orbit -n __fish_use_subcommand -l help -d 'show help'",
    "complete -c orbit -n __fish_use_subcommand -l version -d 'show the version'",
    ...commands.map(({ name, summary }) =>
      `complete -c orbit -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`
    ),
    ...commands.flatMap(commandLines),
  ];
  return lines.join("\n") + "\n";
}

function commandLines(command: CommandDescription): string[] {
  const start = `complete -c orbit -n '__fish_seen_subcommand_from ${command.name}'`;
  const lines = command.options.flatMap((option) => optionLines(start, option));
  if (command.verbs) lines.push(`${start} -a ${quote(command.verbs.join(" "))}`);
  if (command.completes !== "none") lines.push(start + argumentsOf(command.completes));
  return lines;
}

function optionLines(start: string, option: Option<never>): string[] {
  const { name, short, value, help } = option;
  const letter = short === undefined ? "" : ` -s ${short}`;
  const long = name === undefined ? "" : ` -l ${name}`;
  const takes = value === undefined ? "" : ` -r${argumentsOf(option.completes ?? "file")}`;
  const lines = [`${start}${letter}${long}${takes} -d ${quote(help)}`];
  if (option.negate) {
    for (const negation of negationsOf(option)) lines.push(`${start} -l ${negation}`);
  }
  return lines;
}

function argumentsOf(completion: Completion): string {
  switch (completion) {
    case "file":
      return " -F";
    case "directory":
      return " -a '(__fish_complete_directories)'";
    case "none":
      return "";
    default:
      return ` -a ${quote(completion.join(" "))}`;
  }
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
