/** How many columns text takes on a terminal. */

/** Ranges that take two columns: CJK, Hangul, fullwidth forms, emoji (Unicode East Asian Width). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const ZERO = /[\p{Mn}\p{Me}\u200b-\u200d\ufe00-\ufe0f]/u;

/** Columns of one character. */
function columnsOf(char: string): number {
  if (char < "\u0300") return 1;
  return ZERO.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
}

/** Columns that text without control characters takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += columnsOf(char);
  return width;
}

/** The text, or its beginning and end around an ellipsis, in at most `columns` columns. */
export function fitMiddle(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns < 1) return "";
  const chars = [...text];
  const left = Math.floor((columns - 1) / 3);
  const head = take(chars, left);
  const tail = take(chars.reverse(), columns - 1 - left).reverse();
  return `${head.join("")}…${tail.join("")}`;
}

/** The text's beginning, in at most `columns` columns. */
export function fitEnd(text: string, columns: number): string {
  return textWidth(text) <= columns ? text : take([...text], columns).join("");
}

function take(chars: readonly string[], columns: number): string[] {
  const taken: string[] = [];
  let width = 0;
  for (const char of chars) {
    width += columnsOf(char);
    if (width > columns) break;
    taken.push(char);
  }
  return taken;
}
