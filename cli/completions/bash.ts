/** Completions for bash, in its own words only: no `bash-completion` package is needed. */
import { type Completion, type Option, spellingOf } from "#core/program/arguments/option.ts";
import { spellingsOf } from "#core/program/arguments/parse.ts";
import type { CommandDescription } from "#core/program/help.ts";

/** A script to source. */
export function bashCompletions(commands: readonly CommandDescription[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# orbit completions for bash
_orbit_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$2"))
}
_orbit_words() {
  COMPREPLY=($(compgen -W "$1" -- "$2"))
}
_orbit() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  # "=" is a word of its own: --option=va is three.
  if [[ $word == "=" ]]; then
    word=""
  elif [[ $before == "=" && $COMP_CWORD -ge 2 ]]; then
    before="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    _orbit_words "${names} --help --version" "$word"
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map(commandCase).join("\n")}
  esac
}
complete -F _orbit orbit
`;
}

function commandCase(command: CommandDescription): string {
  const spellings = spellingsOf(command.options).join(" ");
  const values = command.options.filter((option) => option.value !== undefined).map(valueCase);
  const verbs = command.verbs?.join(" ");
  return `    ${command.name})
      case "$before" in
${values.join("\n")}
      esac
      if [[ $word == -* ]]; then
        _orbit_words "${spellings}" "$word"
${
    verbs === undefined ? "" : `      elif [[ $COMP_CWORD -eq 2 ]]; then
        _orbit_words "${verbs}" "$word"
`
  }      else
        ${offer(command.completes)}
      fi
      ;;`;
}

function valueCase(option: Option<never>): string {
  const patterns = option.name === undefined || option.short === undefined
    ? spellingOf(option)
    : `-${option.short}|--${option.name}`;
  return `        ${patterns}) ${offer(option.completes ?? "file")}; return ;;`;
}

function offer(completion: Completion): string {
  switch (completion) {
    case "file":
      return '_orbit_files -f "$word"';
    case "directory":
      return '_orbit_files -d "$word"';
    case "none":
      return ":";
    default:
      return `_orbit_words "${completion.join(" ")}" "$word"`;
  }
}
