/** Include and exclude rules as plain data, and how an option's text becomes one. */
import { OrbitError } from "#core/errors.ts";
import { toByteText } from "./byte_text.ts";

/** What a rule does with the entries it matches. */
export type RuleKind = "include" | "exclude";

/**
 * One rule. A list of them is in command-line order and the first that matches an entry decides.
 * Plain data: a list can be sent to a worker and stored in a job.
 */
export interface FilterRule {
  readonly kind: RuleKind;
  /** rsync's pattern; bytes that are not UTF-8 as `core/names.ts` keeps them. */
  readonly pattern: string;
}

/** Rules to add to a list, perhaps after clearing it. */
export interface RuleBatch {
  /** A `!` was among them: what the list held before no longer counts. */
  readonly clearsEarlier: boolean;
  readonly rules: readonly FilterRule[];
}

/** Bytes a pattern has at most: one less than the longest path Linux takes. */
export const patternMaxBytes = 4095;

/**
 * Parses the value of `--exclude` or `--include`, or one line of such a file.
 *
 * `- ` and `+ ` before the pattern override `kind`; a lone `!` clears the list; an empty text is
 * no rule. White space counts, also at the end.
 *
 * @throws {OrbitError} `invalid` when the pattern is empty, holds a NUL or is longer than 4,095 bytes.
 */
export function parseRule(text: string, kind: RuleKind): RuleBatch {
  if (text === "") return { clearsEarlier: false, rules: [] };
  if (text === "!") return { clearsEarlier: true, rules: [] };
  const rule: FilterRule = text.startsWith("- ")
    ? { kind: "exclude", pattern: text.slice(2) }
    : text.startsWith("+ ")
    ? { kind: "include", pattern: text.slice(2) }
    : { kind, pattern: text };
  checkRule(rule);
  return { clearsEarlier: false, rules: [rule] };
}

/** The list that results when a batch is added to the end of one; neither is changed. */
export function appendRules(list: readonly FilterRule[], batch: RuleBatch): FilterRule[] {
  return batch.clearsEarlier ? [...batch.rules] : [...list, ...batch.rules];
}

/** Refuses a rule that can't mean anything, instead of matching nothing in silence. */
export function checkRule(rule: FilterRule): void {
  const trouble = rule.kind !== "include" && rule.kind !== "exclude"
    ? "neither include nor exclude"
    : rule.pattern === ""
    ? "pattern is empty"
    : rule.pattern.includes("\0")
    ? "pattern holds a NUL byte"
    : toByteText(rule.pattern).length > patternMaxBytes
    ? `pattern is longer than ${patternMaxBytes} bytes`
    : undefined;
  if (trouble === undefined) return;
  const shown = rule.pattern.length > 60 ? `${rule.pattern.slice(0, 60)}…` : rule.pattern;
  throw new OrbitError("invalid", `parse filter rule ${JSON.stringify(shown)}: ${trouble}`);
}
