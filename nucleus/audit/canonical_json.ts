/**
 * JSON of which every value has exactly one text: no white space, names sorted by UTF-16 code
 * units, numbers and strings as JavaScript writes them (RFC 8785, but for lone surrogates, which
 * become escapes).
 */
import { OrbitError } from "#core/errors.ts";

/** A value that JSON can say. Absent members may be given as undefined. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/** @throws {OrbitError} `invalid` for a number that JSON can't say. */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new OrbitError("invalid", `write ${value} as JSON: not a finite number`);
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value)
    .filter((member): member is [string, JsonValue] => member[1] !== undefined)
    .sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}
