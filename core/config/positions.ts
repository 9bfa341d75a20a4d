/** Lines and columns of a text. */

/** Finds the line and column of an index into a text; both start at 1. */
export class TextPositions {
  readonly #text: string;
  /** Where each line starts. */
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
      this.#starts.push(at + 1);
    }
  }

  /** The column counts characters, not the halves of surrogate pairs. */
  of(index: number): { line: number; column: number } {
    const at = Math.max(0, Math.min(index, this.#text.length));
    let low = 0, high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle] <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: [...this.#text.slice(this.#starts[low], at)].length + 1 };
  }
}
