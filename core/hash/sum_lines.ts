/**
 * Checksum lists as `b3sum` writes and checks them: `<64 hex digits>  <name>` on each line.
 *
 * The rules are those of b3sum's "what does check do" document. A name with a backslash, line feed
 * or carriage return has these written as `\\`, `\n` and `\r`, and its line starts with a
 * backslash. Lists are UTF-8: bytes of a name that aren't become U+FFFD, and a name with that
 * character in it is refused when checked, as nobody can tell which file it means.
 *
 * Older versions of b3sum (1.2 is one) write a carriage return as it is, and can't read it escaped.
 */
import { OrbitError } from "#core/errors.ts";
import { encodeName } from "#core/names.ts";
import { fromHex, HASH_BYTES, toHex } from "./digest.ts";
import { splitLines } from "./lines.ts";

/** One file of a list. */
export interface SumLine {
  hash: Uint8Array<ArrayBuffer>;
  name: string;
}

/** What a line of a list turned out to be; `line` counts from 1. */
export type SumListItem =
  | { kind: "sum"; line: number; hash: Uint8Array<ArrayBuffer>; name: string }
  | { kind: "bad"; line: number; reason: string };

/** What depends on the system that names belong to. */
export interface SumLineOptions {
  /** Backslashes separate the parts of a path; this system's own rule when left out. */
  windows?: boolean;
}

/** Far above any path that a system accepts, far below what hurts. */
const MAX_LINE_BYTES = 1 << 20;

const HASH_DIGITS = HASH_BYTES * 2;
const ESCAPES: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };
const UNESCAPES: Record<string, string> = { "\\\\": "\\", "\\n": "\n", "\\r": "\r" };

const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** The line for a file, without the line feed. Equal to b3sum's for every name. */
export function formatSumLine(
  hash: Uint8Array,
  name: string,
  { windows = Deno.build.os === "windows" }: SumLineOptions = {},
): string {
  const text = name.isWellFormed() ? name : lossy.decode(encodeName(name));
  const path = windows ? text.replaceAll("\\", "/") : text;
  const escaped = path.replace(/[\\\n\r]/g, (char) => ESCAPES[char]);
  return `${escaped === path ? "" : "\\"}${toHex(hash)}  ${escaped}`;
}

/**
 * Parses a line, without its line feed. A carriage return at its end belongs to the line's end
 * (CRLF), as a name's own is escaped.
 *
 * @throws `invalid` with the reason as the whole message.
 */
export function parseSumLine(
  line: string,
  { windows = Deno.build.os === "windows" }: SumLineOptions = {},
): SumLine {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  if (text === "") throw bad("empty line");
  const isEscaped = text.startsWith("\\");
  const from = isEscaped ? 1 : 0;
  const digits = text.slice(from, from + HASH_DIGITS);
  if (!/^[0-9a-f]{64}$/.test(digits)) throw bad("no 64 lower-case hexadecimal digits at its start");
  const nameAt = from + HASH_DIGITS + 2;
  if (text.slice(nameAt - 2, nameAt) !== "  ") throw bad("no two spaces after the digest");
  const rest = text.slice(nameAt);
  const name = isEscaped ? unescape(rest) : rest;
  const fault = nameFault(name, windows);
  if (fault !== null) throw bad(fault);
  return { hash: fromHex(digits, HASH_BYTES), name };
}

/**
 * Reads a list from the pieces of a stream, in order. A line that can't be used is an item of its
 * own, with its number and the reason, and doesn't end the list.
 */
export function* readSumList(
  pieces: Iterable<Uint8Array>,
  options: SumLineOptions = {},
): Generator<SumListItem> {
  let line = 0;
  for (const bytes of splitLines(pieces, MAX_LINE_BYTES)) {
    line++;
    yield readItem(bytes, line, options);
  }
}

function readItem(bytes: Uint8Array | null, line: number, options: SumLineOptions): SumListItem {
  try {
    return { kind: "sum", line, ...parseSumLine(decodeLine(bytes), options) };
  } catch (error) {
    if (!(error instanceof OrbitError)) throw error;
    return { kind: "bad", line, reason: error.message };
  }
}

function decodeLine(bytes: Uint8Array | null): string {
  if (bytes === null) throw bad(`longer than ${MAX_LINE_BYTES} bytes`);
  try {
    return strict.decode(bytes);
  } catch {
    throw bad("not UTF-8");
  }
}

function unescape(text: string): string {
  return text.replace(/\\[^]?/g, (sequence) => {
    const char = UNESCAPES[sequence];
    if (char === undefined) throw bad(`unknown escape ${JSON.stringify(sequence)} in the name`);
    return char;
  });
}

function nameFault(name: string, windows: boolean): string | null {
  if (name === "") return "empty name";
  if (name.includes("\0")) return "NUL in the name";
  if (name.includes("\ufffd")) return "U+FFFD in the name: which file is meant is unknown";
  if (windows && name.includes("\\")) return "backslash in the name";
  return null;
}

function bad(reason: string): OrbitError {
  return new OrbitError("invalid", reason);
}
