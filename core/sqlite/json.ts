/** Values as JSON text in the database. */
import { OrbitError } from "#core/errors.ts";

/**
 * A value as JSON text. Lone surrogates become escapes, so the text is always well-formed.
 *
 * @throws {OrbitError} `invalid` when the value has no JSON form.
 */
export function toJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new OrbitError("invalid", "store a value: it has no JSON form", { cause });
  }
  if (text === undefined) throw new OrbitError("invalid", "store a value: it has no JSON form");
  return text;
}

/**
 * The value of a stored text; undefined for NULL.
 *
 * @throws {OrbitError} `corrupt` when it isn't JSON.
 */
export function fromJson<T>(text: string | null): T | undefined {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OrbitError("corrupt", "read a stored value: not JSON", { cause });
  }
}
