/**
 * Finds the first of many patterns without wildcards in a few map look-ups, so a list of
 * thousands of plain names costs an entry no more than a list of one.
 */
import type { LiteralPattern, Subject } from "./pattern.ts";

/** The index no rule has: what a search without a match answers. */
export const noRule = Number.POSITIVE_INFINITY;

/** The lowest rule that takes any entry of this text, and the lowest for directories only. */
interface FirstRules {
  any: number;
  directory: number;
}

/** Patterns without wildcards, by their text. */
export class LiteralIndex {
  readonly #paths = new Map<string, FirstRules>();
  readonly #tails = new Map<string, FirstRules>();
  #deepest = 0;

  /** Adds a rule's pattern; rules come in ascending order of their index. */
  add(pattern: LiteralPattern, index: number): void {
    const rules = pattern.anchored ? this.#paths : this.#tails;
    if (!pattern.anchored) this.#deepest = Math.max(this.#deepest, pattern.depth);
    let first = rules.get(pattern.text);
    if (first === undefined) rules.set(pattern.text, first = { any: noRule, directory: noRule });
    const which = pattern.directoryOnly ? "directory" : "any";
    first[which] = Math.min(first[which], index);
  }

  /** The lowest index of a rule that matches, or {@linkcode noRule}. */
  find(subject: Subject): number {
    let found = noRule;
    if (this.#paths.size > 0) found = lowest(this.#paths.get(subject.path), subject);
    for (let depth = 1; depth <= this.#deepest; depth++) {
      const tail = subject.tail(depth);
      if (tail === undefined) break;
      found = Math.min(found, lowest(this.#tails.get(tail), subject));
    }
    return found;
  }
}

function lowest(first: FirstRules | undefined, subject: Subject): number {
  if (first === undefined) return noRule;
  return subject.isDirectory ? Math.min(first.any, first.directory) : first.any;
}
