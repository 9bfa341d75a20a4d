/** Log records as lines. */
import { escapeName, toShownJson } from "../names.ts";
import { HIDDEN, isSecretName } from "./redact.ts";
import { cut, type PlainValue, toPlain } from "./value.ts";

/** How much a line matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Levels, the least important first. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** What a line is made of. */
export interface LogRecord {
  timeMs: number;
  level: LogLevel;
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

/** The longest line, in UTF-16 units, without its end. */
export const MAX_LINE = 8192;
const MAX_FIELD = 2048;

/** A line's shape: for people, or one JSON object. */
export type LogFormat = "text" | "json";

/**
 * A record as one line without its end, at most {@linkcode MAX_LINE} long; fields that don't fit
 * are left out, and the line says so.
 */
export function formatLine(record: LogRecord, format: LogFormat): string {
  return format === "json" ? jsonLine(record) : textLine(record);
}

/** Names that a JSON line uses itself; a field of that name gets an underscore. */
const OWN_NAMES = ["time", "level", "message", "truncated"];

function jsonLine({ timeMs, level, message, fields }: LogRecord): string {
  let line = `{"time":${JSON.stringify(toTime(timeMs))},"level":"${level}"` +
    `,"message":${toShownJson(cut(message))}`;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const json = toShownJson(visible(name, value));
    const shown = json.length <= MAX_FIELD ? json : toShownJson(cut(json, MAX_FIELD / 8));
    const key = toShownJson(cut(OWN_NAMES.includes(name) ? `${name}_` : name, 64));
    const addition = `,${key}:${shown}`;
    if (line.length + addition.length > MAX_LINE - 20) return `${line},"truncated":true}`;
    line += addition;
  }
  return `${line}}`;
}

function textLine({ timeMs, level, message, fields }: LogRecord): string {
  let line = `${toTime(timeMs)} ${level.padEnd(5)} ${escapeMessage(cut(message))}`;
  // Escapes can make six characters of one.
  if (line.length > MAX_LINE - 4) line = line.slice(0, MAX_LINE - 4);
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const addition = ` ${cut(escapeName(name), 64)}=${toText(visible(name, value))}`;
    if (line.length + addition.length > MAX_LINE - 4) return `${line} …`;
    line += addition;
  }
  return line;
}

function visible(name: string, value: unknown): PlainValue {
  return isSecretName(name) ? HIDDEN : toPlain(value);
}

function toText(value: PlainValue): string {
  const text = typeof value === "string" ? escapeName(value) : compact(value);
  const short = cut(text, MAX_FIELD);
  return short === "" || /[\s="]/.test(short) ? `"${short.replaceAll('"', '\\"')}"` : short;
}

/** Lists of words as words, an error as what it says; anything else as JSON. */
function compact(value: PlainValue): string {
  if (Array.isArray(value)) {
    const areWords = value.every((element) => typeof element !== "object");
    return areWords ? value.map((word) => escapeName(`${word}`)).join(", ") : toShownJson(value);
  }
  if (typeof value === "object" && value !== null) {
    const { code, message, detail: _, ...rest } = value;
    const isError = typeof code === "string" && typeof message === "string";
    if (isError && Object.keys(rest).length === 0) return `${code}: ${escapeMessage(message)}`;
  }
  return toShownJson(value);
}

/** Backslashes stay as they are: a message quotes the names in it by itself. */
function escapeMessage(message: string): string {
  return message.split("\\").map(escapeName).join("\\");
}

function toTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
