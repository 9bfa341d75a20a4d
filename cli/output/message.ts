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
