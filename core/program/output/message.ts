/** Messages for standard error: one line each, safe to show. */
import type { ErrorData } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";

/**
 * A message as one safe line. Backslashes stay as they are, as a message quotes names itself.
 */
export function escapeMessage(message: string): string {
  return message.split("\\").map(escapeName).join("\\");
}

/** `orbit: MESSAGE`, naming the path unless the message does. */
export function troubleLine(path: string, error: ErrorData): string {
  const isNamed = path === "" || error.detail.path === path ||
    error.message.includes(JSON.stringify(path));
  const message = escapeMessage(error.message);
  return `orbit: ${isNamed ? message : `"${escapeName(path)}": ${message}`}`;
}

/** The reason alone of an error, as its message names the action and the file before it. */
export function reasonOf({ message }: ErrorData): string {
  const quoteAt = message.lastIndexOf('": ');
  return quoteAt === -1 ? message : message.slice(quoteAt + 3);
}

/** An error about a file as its user knows it: the action asked for, and the name as given. */
export function namedError(action: string, name: string, error: ErrorData): ErrorData {
  const message = `${action} ${JSON.stringify(name)}: ${reasonOf(error)}`;
  return { ...error, message, detail: { ...error.detail, path: name } };
}
