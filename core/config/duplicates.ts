/**
 * Reads on after duplicate keys.
 *
 * The parser stops at the first one. Here the duplicate is given a name of its own and the text is
 * parsed again, so that everything else that is wrong comes to light in the same run.
 */
import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { MOST_PROBLEMS } from "./problem.ts";

/** Larger texts are parsed once: after one duplicate the rest of a huge file can wait. */
const REPEAT_BELOW = 64 * 1024;

const DUPLICATE = "Defining a key multiple times is invalid";
const KEY = /[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;

/** What parsing gave. */
export interface Parsed {
  /** Absent when the text isn't TOML at all. */
  root?: AST.TOMLTopLevelTable;
  /** What stopped the parser, when something did. */
  trouble?: { at: number; message: string };
  /** Names given to duplicate keys, and the keys as they were written. */
  duplicates: Map<string, { at: number; written: string }>;
  /** Turns an index of the tree into one of the original text. */
  toOriginal(index: number): number;
}

/** Parses TOML 1.0; never throws because of the text. */
export function parseWithDuplicates(original: string): Parsed {
  let text = original;
  const edits: { end: number; start: number; growth: number }[] = [];
  const toOriginal = (index: number) => {
    for (const { start, end, growth } of edits.toReversed()) {
      if (index >= end) index -= growth;
      else if (index > start) index = start;
    }
    return index;
  };
  const duplicates: Parsed["duplicates"] = new Map();
  for (;;) {
    try {
      return { root: parseTOML(text, { tomlVersion: "1.0" }).body[0], duplicates, toOriginal };
    } catch (error) {
      if (!(error instanceof ParseError)) {
        // The parser recurses; only text that nests for its own sake gets it here.
        if (!(error instanceof RangeError)) throw error;
        return { trouble: { at: 0, message: "nested too deeply" }, duplicates, toOriginal };
      }
      const at = toOriginal(error.index);
      KEY.lastIndex = error.index;
      const written = error.message === DUPLICATE ? KEY.exec(text)?.[0] : undefined;
      if (written === undefined) {
        return { trouble: { at, message: error.message }, duplicates, toOriginal };
      }
      const name = unusedName(text, duplicates.size);
      duplicates.set(name, { at, written });
      if (duplicates.size === MOST_PROBLEMS || text.length > REPEAT_BELOW) {
        return { duplicates, toOriginal };
      }
      const start = error.index;
      text = text.slice(0, start) + name + text.slice(start + written.length);
      edits.push({ start, end: start + name.length, growth: name.length - written.length });
    }
  }
}

function unusedName(text: string, count: number): string {
  let name = `duplicate-${count}`;
  while (text.includes(name)) name += "-";
  return name;
}
