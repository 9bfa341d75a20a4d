/**
 * Bracket expressions of rsync's patterns: `[a-z]`, `[!…]`, `[^…]`, `[[:alpha:]]`, `[\]]`.
 *
 * As in rsync: a "]" right after the opening is itself, a "-" at either end is itself, a range
 * that runs backwards holds its first byte only, and an expression that never closes or names an
 * unknown class makes the whole pattern match nothing.
 */

/** Which bytes a bracket expression accepts (1) or not (0); never the slash. */
export type ByteSet = Uint8Array;

/** A bracket expression and where the pattern goes on after it. */
export interface CharacterClass {
  readonly set: ByteSet;
  readonly end: number;
}

const slash = 0x2f;

/** POSIX classes in the C locale: bytes above 0x7f belong to none. */
const posixClasses: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  // deno-lint-ignore no-control-regex
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t-\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

/**
 * Parses the bracket expression that opens at `at`.
 *
 * @param pattern Byte text.
 * @returns `undefined` when it is malformed and so matches nothing.
 */
export function parseCharacterClass(pattern: string, at: number): CharacterClass | undefined {
  const set = new Uint8Array(256);
  const negated = pattern[at + 1] === "!" || pattern[at + 1] === "^";
  const first = at + (negated ? 2 : 1);
  let next = first;
  let rangeStart = -1;
  while (next < pattern.length && (next === first || pattern[next] !== "]")) {
    const isRange = pattern[next] === "-" && rangeStart > 0 && next + 1 < pattern.length &&
      pattern[next + 1] !== "]";
    const named = isRange ? undefined : posixName(pattern, next);
    if (named !== undefined) {
      if (!Object.hasOwn(posixClasses, named)) return undefined;
      addPosixClass(set, posixClasses[named]);
      next += named.length + 4;
      rangeStart = -1;
      continue;
    }
    if (isRange) next++;
    if (pattern[next] === "\\") next++;
    if (next >= pattern.length) return undefined;
    const byte = pattern.charCodeAt(next++);
    set.fill(1, isRange ? rangeStart : byte, byte + 1);
    rangeStart = isRange ? -1 : byte;
  }
  if (next >= pattern.length) return undefined;
  if (negated) { for (let byte = 0; byte < 256; byte++) set[byte] ^= 1; }
  set[slash] = 0;
  return { set, end: next + 1 };
}

/** The name in `[:name:]` at `at`; without the closing colon the bracket is an ordinary byte. */
function posixName(pattern: string, at: number): string | undefined {
  if (pattern[at] !== "[" || pattern[at + 1] !== ":") return undefined;
  const close = pattern.indexOf("]", at + 2);
  if (close < at + 3 || pattern[close - 1] !== ":") return undefined;
  return pattern.slice(at + 2, close - 1);
}

function addPosixClass(set: ByteSet, members: RegExp): void {
  for (let byte = 0; byte < 128; byte++) {
    if (members.test(String.fromCharCode(byte))) set[byte] = 1;
  }
}
