/**
 * Kinds of values for schemas. A message names what is expected and completes the sentence
 * `"limits.joins" must be …, not …`.
 */
import * as v from "valibot";
import { parseByteSize } from "../sizes.ts";
import { isTable } from "./place.ts";

/** What a table's keys may hold as read, and what the schema makes of it. */
type TableSchema<E extends v.ObjectEntries> = v.GenericSchema<
  v.InferInput<v.StrictObjectSchema<E, undefined>>,
  v.InferOutput<v.StrictObjectSchema<E, undefined>>
>;

/** A table that knows exactly these keys. */
export function table<const E extends v.ObjectEntries>(entries: E): TableSchema<E> {
  type Input = v.InferInput<v.StrictObjectSchema<E, undefined>>;
  // valibot alone takes lists and dates for tables whose keys are missing.
  return v.pipe(v.custom<Input>(isTable, "a table"), v.strictObject(entries)) as TableSchema<E>;
}

/**
 * A table of a file that may be left out when none of its keys is required; when one is, the
 * error names the key.
 */
export function section<const E extends v.ObjectEntries>(
  entries: E,
): v.OptionalSchema<TableSchema<E>, v.InferInput<TableSchema<E>>> {
  return v.optional(table(entries), {} as v.InferInput<TableSchema<E>>);
}

/** A text that `parse` understands; what it doesn't gives undefined. */
export function parsed<T>(
  expected: string,
  parse: (text: string) => T | undefined,
): v.GenericSchema<string, T> {
  return v.pipe(
    v.string(expected),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const value = parse(dataset.value);
      if (value !== undefined) return value;
      addIssue({ message: expected });
      return NEVER;
    }),
  );
}

/** A text of 1 to `most` (default 1024) UTF-16 units without control characters. */
export function text({ most = 1024 }: { most?: number } = {}): v.GenericSchema<string, string> {
  const expected = `a text of 1 to ${most} characters without control characters`;
  return parsed(expected, (text) => {
    return text !== "" && text.length <= most && !/\p{Cc}/u.test(text) ? text : undefined;
  });
}

/** `true` or `false`. */
export function flag(): v.GenericSchema<boolean, boolean> {
  return v.boolean("true or false");
}

/** One of the given words. */
export function choice<const W extends readonly string[]>(
  words: W,
): v.GenericSchema<W[number], W[number]> {
  return v.picklist(words, `one of ${words.map((word) => `"${word}"`).join(", ")}`);
}

/**
 * A whole number within bounds. TOML's whole numbers arrive as bigints, so that `5.0` is refused;
 * a default is written as one too (`5n`).
 */
export function integer(
  { least, most }: { least: number; most: number },
): v.GenericSchema<bigint, number> {
  const expected = `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.bigint(expected),
    v.minValue(BigInt(least), expected),
    v.maxValue(BigInt(most), expected),
    v.transform(Number),
  );
}

/** A list with `least` (default 0) to `most` elements. */
export function list<const S extends v.GenericSchema>(
  item: S,
  { least = 0, most }: { least?: number; most: number },
): v.GenericSchema<v.InferInput<S>[], v.InferOutput<S>[]> {
  const expected = `a list of ${least} to ${most} in [ ]`;
  return v.pipe(
    v.array(item, expected),
    v.minLength(least, expected),
    v.maxLength(most, expected),
  ) as v.GenericSchema<v.InferInput<S>[], v.InferOutput<S>[]>;
}

const DURATION_UNITS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A duration such as `500ms`, `1.5s`, `10m`, `24h` or `7d` in whole milliseconds, or undefined. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  const ms = Number(match[1]) * DURATION_UNITS[match[2]];
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** A duration within bounds, themselves durations; gives milliseconds. */
export function duration(
  { least, most }: { least: string; most: string },
): v.GenericSchema<string, number> {
  const leastMs = parseDuration(least)!, mostMs = parseDuration(most)!;
  return parsed(`a duration from "${least}" to "${most}", such as "${least}"`, (text) => {
    const ms = parseDuration(text);
    return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined;
  });
}

/** A size with its unit, such as `512 B`, `4 MiB` or `1.5 GB`, in bytes, or undefined. */
export function parseSizeWithUnit(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,3})?) ?(B|[KMGT]i?B)$/.exec(text);
  if (match === null) return undefined;
  const bytes = parseByteSize(match[1] + match[2]);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A size within bounds, themselves sizes with units; gives bytes. */
export function size(
  { least, most }: { least: string; most: string },
): v.GenericSchema<string, number> {
  const leastBytes = parseSizeWithUnit(least)!, mostBytes = parseSizeWithUnit(most)!;
  return parsed(`a size from "${least}" to "${most}"`, (text) => {
    const bytes = parseSizeWithUnit(text);
    return bytes !== undefined && bytes >= leastBytes && bytes <= mostBytes ? bytes : undefined;
  });
}
