/** Sizes as people write them. */

/** Exponents of rsync's unit letters. */
const UNIT_EXPONENTS: Record<string, number> = { b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/**
 * A size in rsync's notation, in bytes: `10`, `1.5k` and `1.5KiB` (1024), `1.5KB` (1000), with
 * units B K M G T P. NaN when the text is no size; the result may be more than a file can have.
 *
 * @param unit The unit of a bare number.
 */
export function parseByteSize(text: string, unit: "b" | "k" = "b"): number {
  const match = /^(\d*\.?\d*)(?:([bkmgtp])(b|ib)?)?$/i.exec(text);
  if (match === null || !/\d/.test(match[1])) return NaN;
  const [, digits, letter = unit, suffix = ""] = match;
  const base = suffix.toLowerCase() === "b" ? 1000 : 1024;
  return Math.trunc(Number(digits) * base ** UNIT_EXPONENTS[letter.toLowerCase()]);
}
