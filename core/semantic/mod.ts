/**
 * Semantic priority: which files of a job go first, judged by name and, where that says too
 * little, by the first bytes of their content. It decides about order, never about whether a file
 * is copied; a wrong guess costs time, not data.
 *
 * @module
 */
export { classify, defaultTable, extendTable } from "./classify.ts";
export { SemanticTable, type Verdict } from "./table.ts";
export {
  comparePriorities,
  type Magic,
  PRIORITIES,
  type Priority,
  type SemanticRule,
} from "./rule.ts";
