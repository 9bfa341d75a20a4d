/** The table that Orbit uses unless told otherwise, and how to make another from it. */
import { DEFAULT_RULES } from "./default_rules.ts";
import type { SemanticRule } from "./rule.ts";
import { SemanticTable, type Verdict } from "./table.ts";

/** Orbit's own rules. */
export const defaultTable: SemanticTable = new SemanticTable(DEFAULT_RULES);

/**
 * A table with further rules; those of `base` stay as they are and yield where the new ones name
 * the same thing.
 *
 * ```ts
 * import { extendTable } from "#core/semantic/mod.ts";
 *
 * const table = extendTable([
 *   { priority: "critical", reason: "instrument run", extensions: ["run"] },
 *   { priority: "low", reason: "scratch", directories: ["scratch"] },
 * ]);
 * table.classify("lab/7.run").priority; // "critical"
 * ```
 *
 * @throws `invalid` for a rule that could never match or means something else than it says.
 */
export function extendTable(
  rules: readonly SemanticRule[],
  base: SemanticTable = defaultTable,
): SemanticTable {
  return new SemanticTable([...base.rules, ...rules]);
}

/** {@linkcode SemanticTable.classify} of the {@linkcode defaultTable}. */
export function classify(path: string, header?: Uint8Array): Verdict {
  return defaultTable.classify(path, header);
}
