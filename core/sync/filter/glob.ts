/**
 * Wildcard matching in time bounded by (length of text) × (length of pattern), whatever both hold.
 *
 * The usual recursive matcher is exponential in the number of stars. This one remembers only two
 * places to come back to: the last `*` and the last `**`. An earlier star never needs another try:
 * between two stars the leftmost fit leaves the most text for what follows. A `*` is blocked by a
 * slash; then the last `**` moves on, and past the next slash at once, since every start before it
 * would be blocked by the same one.
 */
import { type ByteSet, parseCharacterClass } from "./character_class.ts";

/** A compiled pattern. Codes below 256 are bytes; the ones from `firstClass` index `classes`. */
export interface Glob {
  readonly codes: Uint16Array;
  readonly classes: readonly ByteSet[];
  /** Bytes every match starts with. */
  readonly head: string;
  /** Bytes every match ends with. */
  readonly tail: string;
  /** The longest run of bytes every match holds between the two. */
  readonly inner: string;
  /** The least bytes a match has. */
  readonly shortest: number;
}

/** Counts the matcher's steps, so a test can bound its work without a clock. */
export interface StepCounter {
  steps: number;
}

const anyByte = 256;
const star = 257;
const wideStar = 258;
const firstClass = 259;
const endOfPattern = -1;
const slash = 0x2f;

/**
 * Compiles a pattern of `*`, `**`, `?`, `[…]` and backslash escapes.
 *
 * @param pattern Byte text.
 * @returns `undefined` when the pattern is malformed and so matches nothing.
 */
export function compileGlob(pattern: string): Glob | undefined {
  const codes: number[] = [];
  const classes: ByteSet[] = [];
  for (let at = 0; at < pattern.length;) {
    const char = pattern[at];
    if (char === "*") {
      const stars = at;
      while (pattern[at] === "*") at++;
      codes.push(at - stars > 1 ? wideStar : star);
    } else if (char === "[") {
      const parsed = parseCharacterClass(pattern, at);
      if (parsed === undefined) return undefined;
      codes.push(firstClass + classes.push(parsed.set) - 1);
      at = parsed.end;
    } else if (char === "?") {
      codes.push(anyByte);
      at++;
    } else {
      if (char === "\\") at++;
      if (at === pattern.length) return undefined;
      codes.push(pattern.charCodeAt(at++));
    }
  }
  return describe(codes, classes);
}

function describe(codes: number[], classes: ByteSet[]): Glob {
  const runs = literalRuns(codes);
  const middle = runs.slice(1, -1);
  return {
    codes: Uint16Array.from(codes),
    classes,
    head: runs[0],
    tail: runs[runs.length - 1],
    inner: middle.reduce((longest, run) => run.length > longest.length ? run : longest, ""),
    shortest: codes.filter((code) => code !== star && code !== wideStar).length,
  };
}

/** The runs of plain bytes before, between and after the wildcards; empty where two meet. */
function literalRuns(codes: readonly number[]): string[] {
  const runs = [""];
  for (const code of codes) {
    if (code < anyByte) runs[runs.length - 1] += String.fromCharCode(code);
    else runs.push("");
  }
  return runs;
}

/** Whether the whole of `text` (byte text) matches. */
export function matchGlob(glob: Glob, text: string, counter?: StepCounter): boolean {
  return text.length >= glob.shortest && text.endsWith(glob.tail) && text.startsWith(glob.head) &&
    (glob.inner === "" || text.includes(glob.inner)) && matchCodes(glob, text, counter);
}

function matchCodes(glob: Glob, text: string, counter: StepCounter | undefined): boolean {
  const { codes, classes } = glob;
  let at = glob.head.length, here = at;
  let afterStar = -1, starEnd = 0;
  let afterWide = -1, wideEnd = 0;
  for (;;) {
    if (counter !== undefined) counter.steps++;
    const code = at < codes.length ? codes[at] : endOfPattern;
    if (code === star) {
      afterStar = ++at;
      starEnd = here;
    } else if (code === wideStar) {
      if (++at === codes.length) return true;
      afterWide = at;
      wideEnd = here;
      afterStar = -1;
    } else if (here === text.length) {
      // Out of text: whatever a star took more would leave less for the rest.
      return code === endOfPattern;
    } else if (accepts(code, text.charCodeAt(here), classes)) {
      at++;
      here++;
    } else if (afterStar >= 0 && text.charCodeAt(starEnd) !== slash) {
      at = afterStar;
      here = ++starEnd;
    } else if (afterWide >= 0) {
      wideEnd = afterStar >= 0 ? text.indexOf("/", wideEnd) + 1 : wideEnd + 1;
      afterStar = -1;
      at = afterWide;
      here = wideEnd;
    } else {
      return false;
    }
  }
}

function accepts(code: number, byte: number, classes: readonly ByteSet[]): boolean {
  if (code < anyByte) return code === byte;
  return code === anyByte ? byte !== slash : classes[code - firstClass][byte] === 1;
}
