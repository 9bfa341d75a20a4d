/**
 * Parses a command line by an option table: bundled letters, `--name=value`, `--name value` and
 * `--`. Options take effect in the order in which they were written.
 */
import { OrbitError } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";
import { nearest } from "#core/nearest.ts";
import { longNamesOf, negationsOf, type Option, spellingOf } from "./option.ts";
import { tokenize } from "./tokens.ts";

/** More is an accident or an attack. */
const MAX_ARGUMENTS = 1_000_000;

/** What is left when the options have taken effect. */
export interface ParsedLine {
  positionals: string[];
  /** `--help` was among the options; nothing else was looked at. */
  help: boolean;
}

/** Options that are known and refused: spelling (`-z`, `--compress`) to what to do instead. */
export type Refusals = ReadonlyMap<string, string>;

/**
 * Applies the options among `args` to `state` and returns the rest.
 *
 * @throws OrbitError `invalid` naming the option that is unknown, refused, lacks its value or
 *   has one too many.
 */
export function parseLine<S>(
  args: readonly string[],
  options: readonly Option<S>[],
  state: S,
  refusals: Refusals = new Map(),
): ParsedLine {
  if (args.length > MAX_ARGUMENTS) throw usage("too many arguments; list the names in a file");
  const tokens = tokenize(args, valueTaker(options));
  const given = tokens.filter((token) => token.kind === "option");
  if (given.some(({ rawName }) => isHelp(rawName, options))) return { positionals: [], help: true };
  const spellings = new Map(options.flatMap(toEffects));
  for (const token of given) {
    const effect = spellings.get(token.rawName);
    if (effect === undefined) throw refuse(token.rawName, spellings.keys(), refusals);
    effect(state, token.value, token.inline);
  }
  const positionals = tokens.flatMap((token) => token.kind === "positional" ? [token.value] : []);
  return { positionals, help: false };
}

/** A mistake in the command line. */
export function usage(message: string): OrbitError {
  return new OrbitError("invalid", message);
}

/** Refuses arguments beyond or short of what a command takes. */
export function expectPositionals(
  positionals: readonly string[],
  { least = 0, most, form }: { least?: number; most: number; form: string },
): void {
  if (positionals.length < least) throw usage(`missing argument: needs ${form}`);
  if (positionals.length > most) {
    throw usage(`unexpected argument "${escapeName(positionals[most])}": takes ${form}`);
  }
}

type Effect<S> = (state: S, value: string | undefined, inline: boolean) => void;

function toEffects<S>(option: Option<S>): [string, Effect<S>][] {
  const effects: [string, Effect<S>][] = [];
  const apply = option.value === undefined ? applyFlag(option) : applyValue(option, option.value);
  if (option.name !== undefined) effects.push([`--${option.name}`, apply]);
  if (option.short !== undefined) effects.push([`-${option.short}`, apply]);
  if (option.negate !== undefined) {
    for (const name of negationsOf(option)) {
      const negate = (state: S) => option.negate!(state);
      effects.push([`--${name}`, applyFlag({ name, apply: negate })]);
    }
  }
  return effects;
}

function applyFlag<S>(option: Pick<Option<S>, "name" | "short" | "apply">): Effect<S> {
  return (state, value, inline) => {
    if (inline || value !== undefined) throw usage(`${spellingOf(option)}: takes no value`);
    option.apply(state, "");
  };
}

function applyValue<S>(option: Option<S>, form: string): Effect<S> {
  return (state, value) => {
    if (value === undefined) throw usage(`${spellingOf(option)}: needs a value (${form})`);
    option.apply(state, value);
  };
}

/** Tells which spellings take a value. */
function valueTaker<S>(options: readonly Option<S>[]): (rawName: string) => boolean {
  const takers = options.filter(({ value }) => value !== undefined);
  const spellings = new Set(takers.flatMap(({ name, short }) => [`--${name}`, `-${short}`]));
  return (rawName) => spellings.has(rawName);
}

function isHelp<S>(rawName: string, options: readonly Option<S>[]): boolean {
  const short = options.find(({ name }) => name === "help")?.short;
  return rawName === "--help" || (short !== undefined && rawName === `-${short}`);
}

function refuse(rawName: string, known: Iterable<string>, refusals: Refusals): OrbitError {
  const shown = escapeName(rawName);
  const reason = refusals.get(rawName);
  if (reason !== undefined) return usage(`${shown}: not supported: ${reason}`);
  const positive = rawName.replace(/^--no-(?=.)/, "--");
  const negated = refusals.get(positive) ?? refusals.get(positive.slice(1));
  if (positive !== rawName && negated !== undefined) {
    return usage(`${shown}: not supported: nothing to turn off, as it is never on`);
  }
  // What somebody turns off must not be suggested on.
  const isNegation = rawName.startsWith("--no-");
  const candidates = [...known, ...refusals.keys()].filter((name) =>
    name.startsWith("--no-") === isNegation
  );
  const guess = rawName.startsWith("--") && nearest(rawName, candidates);
  return usage(`${shown}: unknown option${guess ? `; did you mean ${guess}?` : ""}`);
}

/** Every spelling of the table's options with their dashes, negations included. */
export function spellingsOf(options: readonly Option<never>[]): string[] {
  return options.flatMap((option) => [
    ...(option.short === undefined ? [] : [`-${option.short}`]),
    ...longNamesOf(option).map((name) => `--${name}`),
  ]);
}
