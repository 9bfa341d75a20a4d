/**
 * Names and patterns as strings of bytes: one character, U+0000 to U+00FF, for each byte.
 *
 * rsync's patterns are about bytes: `?` takes one byte, so "é" needs two. Matching over such
 * strings keeps that meaning exactly, also for names that are not valid UTF-8, while an ASCII
 * name, the usual case, is its own byte text and costs nothing.
 */
import { encodeName } from "#core/names.ts";

// deno-lint-ignore no-control-regex
const beyondAscii = /[^\x00-\x7f]/;

/** The bytes of a name as a string; equal names give equal strings, different ones different. */
export function toByteText(name: string): string {
  if (!beyondAscii.test(name)) return name;
  let text = "";
  for (const byte of encodeName(name)) text += String.fromCharCode(byte);
  return text;
}
