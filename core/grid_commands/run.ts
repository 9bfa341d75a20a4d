/** What the commands on a grid have in common: a verb, arguments, a Nucleus, lines. */
import { OrbitError } from "#core/errors.ts";
import { toShownJson } from "#core/names.ts";
import { GRID_SCHEMA, type GridApi } from "#core/grid_api/mod.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { expectPositionals, parseLine } from "#core/program/arguments/parse.ts";
import { parseChoice } from "#core/program/arguments/values.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { runForeground } from "#core/program/foreground.ts";
import { type CommandDescription, commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { printText } from "#core/program/output/print.ts";
import type { GridDoor } from "./door.ts";

/** Options that every command has. */
export interface CommonSettings {
  json: boolean;
}

/** What a verb works with. */
export interface Invocation<S> {
  readonly api: GridApi;
  readonly args: readonly string[];
  readonly settings: S;
  readonly host: Host;
  readonly signal: AbortSignal;
  /** Call it when nobody reads standard output any more. */
  readonly onClosed: () => void;
}

/** What a command can do. */
export interface Verb<S> {
  /** How many arguments it takes. */
  readonly least: number;
  readonly most: number;
  /** Its arguments, for messages. */
  readonly form: string;
  /** Looks at the arguments before a Nucleus is asked. @throws {OrbitError} `invalid`. */
  check?(args: readonly string[], settings: S): void;
  run(invocation: Invocation<S>): Promise<ExitCode>;
}

/** A command on a grid. */
export interface GridCommandSpec<S extends CommonSettings> {
  description: CommandDescription;
  options: readonly Option<S>[];
  initial: S;
  verbs: Readonly<Record<string, Verb<S>>>;
}

/** Options of every command on a grid, behind its own. */
export function commonOptions<S extends CommonSettings>(door: GridDoor): Option<S>[] {
  const group = "Options";
  return [
    {
      name: "json",
      group,
      help: "one JSON object a line on standard output",
      apply: (settings) => settings.json = true,
    },
    ...door.options,
    { name: "help", short: "h", group, help: "show this help", apply: () => {} },
  ];
}

/** Runs a command line; without a verb it lists. */
export async function runGridCommand<S extends CommonSettings>(
  { description, options, initial: settings, verbs }: GridCommandSpec<S>,
  args: readonly string[],
  host: Host,
  door: GridDoor,
): Promise<ExitCode> {
  const { positionals, help } = parseLine(args, options, settings);
  if (help) {
    printText(host, commandHelp(description));
    return ExitCode.ok;
  }
  const [word = "list", ...rest] = positionals;
  const verb = verbs[parseChoice("verb", word, Object.keys(verbs))];
  const { least, most, form } = verb;
  expectPositionals(rest, { least, most, form: `${word} ${form}`.trimEnd() });
  verb.check?.(rest, settings);
  return await runForeground(host, async ({ signal, onClosed }) => {
    await using session = await door.open(host, signal);
    const { api } = session;
    return await verb.run({ api, args: rest, settings, host, signal, onClosed });
  });
}

/** Prints things: each a line of JSON, or all of them as text. */
export function print<T extends object>(
  { host, settings }: Pick<Invocation<CommonSettings>, "host" | "settings">,
  type: string,
  things: readonly T[],
  toText: (things: readonly T[]) => string[],
): void {
  const lines = settings.json
    ? things.map((thing, seq) => toShownJson({ schema: GRID_SCHEMA, type, seq, ...thing }))
    : toText(things);
  printText(host, lines.map((line) => `${line}\n`).join(""));
}

/** More pages than this come from what isn't a Nucleus. */
const MAX_PAGES = 100_000;

/** Everything of a list that comes in pages. */
export async function* allPages<K extends string, T, N extends string | number>(
  ask: (after: N | undefined) => Promise<Record<K, T[]> & { next?: N }>,
  key: K,
): AsyncGenerator<T[]> {
  let after: N | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await ask(after);
    yield answer[key];
    if (answer.next === undefined) return;
    after = answer.next;
  }
  throw new OrbitError("corrupt", `list ${key}: the Nucleus's list has no end`);
}

/** All of a list that people read. */
export async function gather<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) for (const thing of page) all.push(thing);
  return all;
}
