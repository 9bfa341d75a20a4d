/** Says what a schema finds wrong with a value, in the words and at the places of the file. */
import * as v from "valibot";
import { nearest } from "../nearest.ts";
import { findPlace, isTable, type Place } from "./place.ts";
import { type Problem, quote } from "./problem.ts";
import { type ConfigSchema, keysAt } from "./schema.ts";

type Path = readonly (string | number)[];

/** Problems, or the value that the schema makes. */
export type Checked<T> = { value: T } | { problems: Problem[] };

/** Holds a value against a schema; lists everything that is wrong. */
export function checkValue<T>(
  schema: ConfigSchema<T>,
  value: unknown,
  root: Place,
): Checked<T> {
  const unknown: UnknownKey[] = [];
  findUnknownKeys(schema, value, root, [], unknown);
  const result = v.safeParse(schema, value);
  if (result.success && unknown.length === 0) return { value: result.output };
  const issues = (result.issues ?? []).flatMap((issue) => flatten(issue, []));
  const problems = issues.flatMap((issue) => describe(issue, schema, root, unknown));
  return { problems: [...unknown.map(({ problem }) => problem), ...problems] };
}

interface UnknownKey {
  table: string;
  /** The key that was probably meant. */
  meant?: string;
  problem: Problem;
}

/** valibot stops at the first unknown key of a table, and takes `toString` for known: so, our own. */
function findUnknownKeys(
  schema: ConfigSchema,
  value: unknown,
  place: Place,
  path: Path,
  found: UnknownKey[],
): void {
  if (Array.isArray(value)) {
    value.forEach((element, index) => {
      findUnknownKeys(schema, element, place.children.get(index)!, [...path, index], found);
    });
  }
  if (!isTable(value)) return;
  const known = keysAt(schema, path);
  if (known === undefined) return;
  for (const [key, below] of Object.entries(value)) {
    const child = place.children.get(key)!;
    if (known.some((entry) => entry.path[0] === key)) {
      findUnknownKeys(schema, below, child, [...path, key], found);
      continue;
    }
    const meant = nearest(key, known.map((entry) => entry.path[0]));
    const hint = meant === undefined
      ? listing(known.map((k) => k.path[0]))
      : `did you mean "${meant}"?`;
    const message = `unknown key ${quote(key)} ${inTable(path)}; ${hint}`;
    found.push({ table: JSON.stringify(path), meant, problem: { at: child.at, message } });
  }
}

function listing(keys: readonly string[]): string {
  return `known: ${keys.map((key) => `"${key}"`).join(", ")}`;
}

interface FlatIssue {
  path: Path;
  issue: v.BaseIssue<unknown>;
}

/** An alternative fails once for each way it could be meant; only the way that was meant counts. */
function flatten(issue: v.BaseIssue<unknown>, above: Path): FlatIssue[] {
  const path = [...above, ...(issue.path ?? []).map(({ key }) => key as string | number)];
  if (issue.type !== "union" || issue.issues === undefined) return [{ path, issue }];
  const meant = issue.issues.filter((inner) =>
    isTable(issue.input) ? inner.path !== undefined : inner.kind !== "schema"
  );
  return meant.length === 0 ? [{ path, issue }] : meant.flatMap((inner) => flatten(inner, path));
}

function describe(
  { path, issue }: FlatIssue,
  schema: ConfigSchema,
  root: Place,
  unknown: readonly UnknownKey[],
): Problem[] {
  if (issue.expected === "never" && issue.type === "strict_object") return [];
  const { place, whole } = findPlace(root, path);
  if (issue.received === "undefined" && !whole) {
    const table = path.slice(0, -1), key = String(path.at(-1));
    const slip = JSON.stringify(table);
    if (unknown.some((other) => other.table === slip && other.meant === key)) return [];
    const isSection = keysAt(schema, path) !== undefined;
    const what = isSection ? `missing table [${path.join(".")}]` : `missing key ${quote(key)}`;
    return [{ at: place.at, message: isSection ? what : `${what} ${inTable(table)}` }];
  }
  const message = `${quote(keyName(path))} must be ${expectation(issue)}, not ${
    shown(issue.input)
  }`;
  return [{ at: path.length === 0 ? 0 : place.valueAt, message }];
}

/** What is expected, in plain words: a message of our own, or that of valibot's type. */
function expectation(issue: v.BaseIssue<unknown>): string {
  if (!issue.message.startsWith("Invalid ")) return issue.message;
  const plain: Record<string, string> = {
    string: "a text in quotes",
    boolean: "true or false",
    bigint: "a whole number",
    array: "a list in [ ]",
  };
  return plain[issue.type] ?? issue.expected ?? "something else";
}

function shown(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return Number.isInteger(value) ? value.toFixed(1) : `${value}`;
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  }
  if (value instanceof Date) return "a date or time";
  return isTable(value) ? "a table" : `${value}`.slice(0, 60);
}

function keyName(path: Path): string {
  return path.reduce<string>(
    (name, key) =>
      typeof key === "number" ? `${name}[${key}]` : name === "" ? key : `${name}.${key}`,
    "",
  );
}

function inTable(path: Path): string {
  if (path.length === 0) return "at the top level";
  return path.every((key) => typeof key === "string")
    ? `in [${path.join(".")}]`
    : `in ${keyName(path)}`;
}
