/** Decides which entries of a tree take part, by rsync's include and exclude rules. */
import { LiteralIndex, noRule } from "./literal_index.ts";
import { matchesWild, parsePattern, Subject, type WildPattern } from "./pattern.ts";
import { checkRule, type FilterRule, type RuleKind } from "./rule.ts";

/** Why an entry takes part or not. */
export interface FilterExplanation {
  readonly verdict: RuleKind;
  /** The rule that decided; absent when none matched, which includes. */
  readonly rule?: FilterRule;
  /** Its place in the list the filter was compiled from, from 0. */
  readonly index?: number;
  /** The directory above that is excluded, when the entry itself was never asked about. */
  readonly ancestor?: string;
}

/** A compiled list of rules. Asking changes nothing, and costs no more for a hostile pattern. */
export interface Filter {
  /** No rule at all: everything is included, and there is no need to ask. */
  readonly isEmpty: boolean;
  /**
   * What the first matching rule says about one entry; "include" when none matches.
   *
   * The entry is looked at alone: whoever walks a tree asks about each directory first and doesn't
   * go into an excluded one, as rsync does.
   *
   * @param path Relative to the root of the transfer, without a leading slash. For `SRC/` that is
   * the path inside SRC, for `SRC` it starts with SRC's own name. "" is always included.
   * @param isDirectory A real directory; a link to one is not.
   */
  decide(path: string, isDirectory: boolean): RuleKind;
  /** As {@linkcode decide}, but for each directory above first, and with the reason. */
  explain(path: string, isDirectory: boolean): FilterExplanation;
}

/**
 * Compiles rules in command-line order; the first that matches an entry decides.
 *
 * Patterns mean what rsync(1) says under "PATTERN MATCHING RULES", byte by byte: `?` and a
 * character class take one byte of a name's UTF-8, so `?` doesn't match "é" but `??` does. POSIX
 * classes hold ASCII only. Names match with their exact case and without Unicode normalisation.
 *
 * @throws {OrbitError} `invalid` for a rule with an empty or overlong pattern, or a NUL in it.
 */
export function compileFilter(rules: readonly FilterRule[]): Filter {
  return new CompiledFilter(rules);
}

class CompiledFilter implements Filter {
  readonly #rules: readonly FilterRule[];
  readonly #literals = new LiteralIndex();
  readonly #wilds: { readonly pattern: WildPattern; readonly index: number }[] = [];

  constructor(rules: readonly FilterRule[]) {
    this.#rules = rules.map(({ kind, pattern }) => ({ kind, pattern }));
    this.#rules.forEach((rule, index) => {
      checkRule(rule);
      const pattern = parsePattern(rule.pattern);
      if (pattern.kind === "literal") this.#literals.add(pattern, index);
      else this.#wilds.push({ pattern, index });
    });
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  decide(path: string, isDirectory: boolean): RuleKind {
    const index = this.#firstMatch(path, isDirectory);
    return index === noRule ? "include" : this.#rules[index].kind;
  }

  explain(path: string, isDirectory: boolean): FilterExplanation {
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
      const ancestor = path.slice(0, end);
      const found = this.#explainOne(ancestor, true);
      if (found.verdict === "exclude") return { ...found, ancestor };
    }
    return this.#explainOne(path, isDirectory);
  }

  #explainOne(path: string, isDirectory: boolean): FilterExplanation {
    const index = this.#firstMatch(path, isDirectory);
    if (index === noRule) return { verdict: "include" };
    const rule = this.#rules[index];
    return { verdict: rule.kind, rule, index };
  }

  #firstMatch(path: string, isDirectory: boolean): number {
    if (this.#rules.length === 0 || path === "") return noRule;
    const subject = new Subject(path, isDirectory);
    const literal = this.#literals.find(subject);
    for (const { pattern, index } of this.#wilds) {
      if (index > literal) break;
      if (matchesWild(pattern, subject)) return index;
    }
    return literal;
  }
}
