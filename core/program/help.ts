/** Help texts, made from the same tables that parse the command line. */
import type { Completion, Option } from "./arguments/option.ts";

/** What help and completions say about a command; its parser reads the same options. */
export interface CommandDescription {
  /** Whose command it is; `orbit` when absent. */
  readonly program?: string;
  readonly name: string;
  /** One line, without a trailing period. */
  readonly summary: string;
  /** Forms of its arguments, such as `[OPTION]… SRC… DST`. */
  readonly forms: readonly string[];
  /** Paragraphs before the options. */
  readonly about: readonly string[];
  readonly options: readonly Option<never>[];
  /** Titled paragraphs after the options. */
  readonly notes?: readonly { readonly title: string; readonly text: readonly string[] }[];
  readonly examples: readonly { readonly does: string; readonly line: string }[];
  /** What a shell offers for its arguments. */
  readonly completes: Completion;
  /** Words that may come first, such as `list` of `orbit jobs list`. */
  readonly verbs?: readonly string[];
}

const WIDTH = 80;
const HELP_AT = 27;

/** The help text of a command. */
export function commandHelp(command: CommandDescription): string {
  const sections = [
    `${lineOf(command)}: ${command.summary}`,
    usageLines(command),
    ...command.about.map((text) => wrap(text, 0)),
    ...optionGroups(command.options),
    ...(command.notes ?? []).map(({ title, text }) =>
      [`${title}:`, ...text.map((line) => wrap(line, 2))].join("\n")
    ),
    exampleLines(command),
  ];
  return sections.join("\n\n") + "\n";
}

/** The help text of the program. */
export function programHelp(
  program: { readonly name: string; readonly tagline: string; readonly notes: readonly string[] },
  commands: readonly { readonly name: string; readonly summary: string }[],
): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 4;
  const lines = commands.map(({ name, summary }) => hang(`  ${name}`, width, summary));
  return [
    `${program.name}: ${program.tagline}`,
    `Usage: ${program.name} COMMAND [OPTION]… [ARGUMENT]…\n       ${program.name} --help | --version`,
    `Commands:\n${lines.join("\n")}`,
    ...program.notes,
    `${program.name} COMMAND --help tells more, with examples.`,
  ].join("\n\n") + "\n";
}

/** How a line that runs the command begins. */
function lineOf({ program = "orbit", name }: CommandDescription): string {
  return name === "" ? program : `${program} ${name}`;
}

function usageLines(command: CommandDescription): string {
  const start = lineOf(command);
  return command.forms.map((form, index) =>
    `${index === 0 ? "Usage:" : "      "} ${start} ${form}`.trimEnd()
  ).join("\n");
}

function exampleLines({ examples }: CommandDescription): string {
  const lines = examples.map(({ does, line }) => `${wrap(`${does}:`, 2)}\n    ${line}`);
  return `Examples:\n${lines.join("\n")}`;
}

function optionGroups(options: readonly Option<never>[]): string[] {
  const groups = Map.groupBy(options, (option) => option.group);
  return Array.from(
    groups,
    ([title, members]) => `${title}:\n${members.map(optionHelp).join("\n")}`,
  );
}

function optionHelp(option: Option<never>): string {
  const { name, short, value } = option;
  const letter = short === undefined ? "    " : `-${short}${name === undefined ? "" : ", "}`;
  const long = name === undefined ? "" : `--${name}`;
  const spelling = `  ${letter}${long}${value === undefined ? "" : `=${value}`}`;
  const negation = option.negate === undefined ? "" : ` (undone by --no-${name ?? short})`;
  return hang(spelling, HELP_AT, option.help + negation);
}

/** A first column, then text wrapped in a second; a wide first column gets its own line. */
function hang(first: string, column: number, text: string): string {
  const wrapped = wrap(text, column);
  if (first.length + 1 > column) return `${first}\n${wrapped}`;
  return first.padEnd(column) + wrapped.trimStart();
}

/** Breaks text into lines of at most 80 columns, each indented. */
function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => " ".repeat(indent) + each).join("\n");
}
