/** Values of log fields as plain, bounded data. */
import { OrbitError } from "../errors.ts";
import { HIDDEN, isSecretName } from "./redact.ts";

/** A value as JSON can hold it. */
export type PlainValue =
  | string
  | number
  | boolean
  | null
  | PlainValue[]
  | { [key: string]: PlainValue };

/** Longer texts are cut. */
export const MAX_TEXT = 1024;
/** Further elements of a list or an object are counted. */
const MAX_ELEMENTS = 16;
const MAX_DEPTH = 3;

/**
 * A value as plain data: secret-named keys hidden at any depth, texts and lists cut, an error as
 * its code and message. Anything with `toJSON` shows what that gives, so a `Secret` stays one.
 * Never throws.
 */
export function toPlain(value: unknown, depth = 0): PlainValue {
  try {
    return convert(value, depth);
  } catch {
    return "[unreadable]";
  }
}

function convert(value: unknown, depth: number): PlainValue {
  switch (typeof value) {
    case "string":
      return cut(value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
      return value;
    case "bigint":
      return cut(String(value));
    case "object":
      return value === null ? null : convertObject(value, depth);
    default:
      return value === undefined ? null : `[${typeof value}]`;
  }
}

function convertObject(value: object, depth: number): PlainValue {
  if (value instanceof OrbitError) return { code: value.code, message: cut(value.message) };
  if (value instanceof Error) return cut(`${value.name}: ${value.message}`);
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (depth >= MAX_DEPTH) return "[…]";
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return toPlain(value.toJSON(), depth + 1);
  }
  if (Array.isArray(value)) {
    const shown = value.slice(0, MAX_ELEMENTS).map((element) => toPlain(element, depth + 1));
    return value.length > MAX_ELEMENTS
      ? [...shown, `[${value.length - MAX_ELEMENTS} more]`]
      : shown;
  }
  const plain: { [key: string]: PlainValue } = Object.create(null);
  let count = 0;
  for (const key in value) {
    if (count++ === MAX_ELEMENTS) {
      plain["…"] = "[more]";
      break;
    }
    plain[cut(key)] = isSecretName(key) ? HIDDEN : toPlain(value[key as never], depth + 1);
  }
  return plain;
}

/** A text of bounded length; what was cut off is counted. */
export function cut(text: string, most = MAX_TEXT): string {
  return text.length <= most ? text : `${text.slice(0, most)}…(${text.length - most} more)`;
}
