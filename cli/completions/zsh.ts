/** Completions for zsh, by its `_arguments`. */
import { type Completion, negationsOf, type Option } from "#core/program/arguments/option.ts";
import type { CommandDescription } from "#core/program/help.ts";

/** A script to source, or to keep as `_orbit` in a folder of `$fpath`. */
export function zshCompletions(commands: readonly CommandDescription[]): string {
  const choices = commands.map(({ name, summary }) => quote(`${name}:${summary}`)).join(" ");
  return `#compdef orbit
_orbit() {
  local curcontext="$curcontext" state line
  _arguments -C '--help[show help]' '--version[show the version]' \\
    '1: :->command' '*:: :->argument'
  case $state in
    command)
      local -a commands=(${choices})
      _describe command commands
      ;;
    argument)
      case $words[1] in
${commands.map(commandCase).join("\n")}
      esac
      ;;
  esac
}
compdef _orbit orbit
`;
}

function commandCase(command: CommandDescription): string {
  const specs = command.options.flatMap(optionSpecs);
  if (command.verbs) specs.push(quote(`1: :(${command.verbs.join(" ")})`));
  if (command.completes !== "none") specs.push(quote(`*: :${action(command.completes)}`));
  const lines = specs.map((spec) => ` \\\n            ${spec}`).join("");
  return `        ${command.name})
          _arguments -s${lines}
          ;;`;
}

function optionSpecs(option: Option<never>): string[] {
  const { name, short, value } = option;
  const help = option.help.replace(/[[\]\\:]/g, "\\$&");
  const tail = value === undefined ? "" : `:${value}:${action(option.completes ?? "file")}`;
  const specs: string[] = [];
  if (short !== undefined) {
    specs.push(`*-${short}${value === undefined ? "" : "+"}[${help}]${tail}`);
  }
  if (name !== undefined) specs.push(`*--${name}${value === undefined ? "" : "="}[${help}]${tail}`);
  if (option.negate) specs.push(...negationsOf(option).map((each) => `*--${each}[undo it]`));
  return specs.map(quote);
}

function action(completion: Completion): string {
  switch (completion) {
    case "file":
      return "_files";
    case "directory":
      return "_files -/";
    case "none":
      return " ";
    default:
      return `(${completion.join(" ")})`;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
