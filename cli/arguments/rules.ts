/** Filter rules from options and from files, in the order of the command line. */
import { OrbitError } from "#core/errors.ts";
import { escapeName } from "#core/names.ts";
import { appendRules, type FilterRule, parseRule, parseRuleFile } from "#core/sync/filter/mod.ts";

/** A rule, or a file of rules, as an option named it. */
export type RuleSource =
  | { kind: "include" | "exclude"; pattern: string }
  | { kind: "include" | "exclude"; file: string };

/** Reads the files that options name. */
export interface ListReader {
  /** The whole of a rule or list file, or of standard input for "-". */
  readFile(path: string): Uint8Array;
}

/**
 * The rules that the sources add up to.
 *
 * @throws OrbitError `invalid` for a bad pattern, `not_found` for a file that can't be read.
 */
export function readRules(
  sources: readonly RuleSource[],
  nulSeparated: boolean,
  reader: ListReader,
): FilterRule[] {
  let rules: FilterRule[] = [];
  for (const source of sources) {
    const batch = "pattern" in source
      ? parseRule(source.pattern, source.kind)
      : parseRuleFile(readList(source.file, reader), source.kind, {
        nul: nulSeparated,
        name: source.file,
      });
    rules = appendRules(rules, batch);
  }
  return rules;
}

/** A file that an option names. */
export function readList(file: string, reader: ListReader): Uint8Array {
  try {
    return reader.readFile(file);
  } catch (cause) {
    if (cause instanceof OrbitError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrbitError("not_found", `read "${escapeName(file)}": ${reason}`, {
      cause,
      detail: { path: file },
    });
  }
}
