/** Names of Stars as labels, a bounded number of them. */

/** Stars that have a label of their own; those that come later share one. */
export const MAX_LABELS = 1000;
/** No Star has this name: it begins with a dot. */
export const OTHERS = ".others";

/** First come, first served. A name that was given a label keeps it. */
export class StarLabels {
  readonly #names = new Set<string>();

  of(name: string): string {
    if (this.#names.has(name)) return name;
    if (this.#names.size >= MAX_LABELS) return OTHERS;
    this.#names.add(name);
    return name;
  }
}
