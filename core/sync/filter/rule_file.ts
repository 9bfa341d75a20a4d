/** The files of `--exclude-from` and `--include-from`. */
import { OrbitError } from "#core/errors.ts";
import { encodeName } from "#core/names.ts";
import { readLines } from "./lines.ts";
import { type FilterRule, parseRule, type RuleBatch, type RuleKind } from "./rule.ts";

/** How a list in a file is written, and what to call it. */
export interface ListFileOptions {
  /** Items end at NUL instead of at the end of a line (`-0`). */
  readonly nul: boolean;
  /** The file's name, for messages. */
  readonly name: string;
}

/**
 * Parses a file of patterns, one a line, each as {@linkcode parseRule} does.
 *
 * Empty lines and lines that start with `#` or `;` don't count, CRLF is a line's end too.
 *
 * @param content Bytes, or text with invalid bytes as `core/names.ts` keeps them.
 * @param kind What a pattern without a `- ` or `+ ` prefix is.
 * @throws {OrbitError} `invalid` with the file and line of the first pattern that can't be used.
 */
export function parseRuleFile(
  content: Uint8Array | string,
  kind: RuleKind,
  options: ListFileOptions,
): RuleBatch {
  const bytes = typeof content === "string" ? encodeName(content) : content;
  let clearsEarlier = false;
  const rules: FilterRule[] = [];
  for (const line of readLines(bytes, options.nul)) {
    const batch = parseLine(line.text, line.number, kind, options.name);
    if (batch.clearsEarlier) {
      clearsEarlier = true;
      rules.length = 0;
    }
    rules.push(...batch.rules);
  }
  return { clearsEarlier, rules };
}

function parseLine(text: string, number: number, kind: RuleKind, file: string): RuleBatch {
  try {
    return parseRule(text, kind);
  } catch (cause) {
    if (!(cause instanceof OrbitError)) throw cause;
    const where = `read rules ${JSON.stringify(file)}: line ${number}`;
    throw new OrbitError(cause.code, `${where}: ${cause.message}`, {
      cause,
      detail: { path: file },
    });
  }
}
