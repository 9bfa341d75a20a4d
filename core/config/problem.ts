/** What is wrong with a configuration, and the one error that says all of it. */
import { OrbitError } from "../errors.ts";
import { escapeName } from "../names.ts";
import type { TextPositions } from "./positions.ts";

/** More are counted, not listed. */
export const MOST_PROBLEMS = 20;

/** One thing that is wrong, and where. */
export interface Problem {
  /** Index into the text. */
  at: number;
  message: string;
}

/** All problems as one error, in the order of the file, one `path:line:column: message` a line. */
export function configError(
  path: string,
  problems: readonly Problem[],
  positions: TextPositions,
): OrbitError {
  const shown = escapeName(path);
  const sorted = [...problems].sort((a, b) => a.at - b.at);
  const lines = sorted.slice(0, MOST_PROBLEMS).map(({ at, message }) => {
    const { line, column } = positions.of(at);
    return `${shown}:${line}:${column}: ${message}`;
  });
  const rest = sorted.length - lines.length;
  if (rest > 0) lines.push(`${shown}: and ${rest} more problem${rest === 1 ? "" : "s"}`);
  return new OrbitError("invalid", lines.join("\n"), { detail: { path } });
}

/** Any text of the file inside quotes, safe on a terminal, and short. */
export function quote(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return `"${escapeName(short)}"`;
}
