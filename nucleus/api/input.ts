/** What requests bring, checked: bodies of JSON, and queries. */
import * as v from "valibot";
import { OrbitError } from "#core/errors.ts";
import { HttpProblem } from "./problem.ts";

/** No body is larger. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** A schema for a body or a query. */
export type Schema<T> = v.GenericSchema<unknown, T>;

/** A whole number within bounds. */
export function wholeNumber(
  { least, most }: { least: number; most: number },
): v.GenericSchema<number, number> {
  const expected = `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.number(expected),
    v.safeInteger(expected),
    v.minValue(least, expected),
    v.maxValue(most, expected),
  );
}

/** A whole number within bounds, in decimal digits, as queries have it. */
export function digits(
  { least, most }: { least: number; most: number },
): v.GenericSchema<string, number> {
  const expected = `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.string(expected),
    v.regex(/^\d{1,16}$/, expected),
    v.transform(Number),
    v.minValue(least, expected),
    v.maxValue(most, expected),
  );
}

/** How many to list; the store's own default when left out. */
export const limit = v.optional(digits({ least: 1, most: 1000 }));

/**
 * Reads a body of JSON.
 *
 * @throws {OrbitError} `invalid`, naming the field that is unknown, missing or wrong.
 */
export async function readBody<T>(request: Request, schema: Schema<T>): Promise<T> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return check({}, schema);
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json *(;|$)/i.test(type)) {
    throw new HttpProblem(415, "invalid", "read body: its content-type isn't application/json");
  }
  return check(parse(bytes), schema);
}

/** Checks a query; each name may be given once. @throws as {@linkcode readBody}. */
export function readQuery<T>(url: string, schema: Schema<T>): T {
  const query: Record<string, string> = {};
  for (const [name, value] of new URL(url).searchParams) {
    if (Object.hasOwn(query, name)) {
      throw new OrbitError("invalid", `${shown(name)} is given twice`);
    }
    refuseInherited(name);
    query[name] = value;
  }
  return check(query, schema);
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length")) > MAX_BODY_BYTES) throw tooLarge();
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    length += part.length;
    if (length > MAX_BODY_BYTES) throw tooLarge();
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function tooLarge(): HttpProblem {
  return new HttpProblem(413, "invalid", `read body: larger than ${MAX_BODY_BYTES} bytes`, {
    // What is left of it isn't worth reading.
    connection: "close",
  });
}

function parse(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new OrbitError("invalid", "read body: not UTF-8");
  }
  try {
    return JSON.parse(text, (name, value) => {
      refuseInherited(name);
      return value;
    });
  } catch (error) {
    if (error instanceof OrbitError) throw error;
    // RangeError: nested deeper than anything that is meant.
    throw new OrbitError("invalid", "read body: not JSON");
  }
}

/** Names that every object has already: schemas would take them for known. */
function refuseInherited(name: string): void {
  if (name in Object.prototype) throw new OrbitError("invalid", `unknown field ${shown(name)}`);
}

function check<T>(value: unknown, schema: Schema<T>): T {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new OrbitError("invalid", "read body: not a JSON object");
  }
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  throw new OrbitError("invalid", explain(result.issues[0]));
}

function explain(issue: v.BaseIssue<unknown>): string {
  const name = shown(issue.path?.map(({ key }) => String(key)).join(".") ?? "");
  const isKey = issue.path?.at(-1)?.origin === "key";
  if (isKey && issue.expected === "never") return `unknown field ${name}`;
  if (isKey || issue.received === "undefined") return `missing field ${name}`;
  return `${name} must be ${issue.message.slice(0, 500)}`;
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
