/**
 * Which entries of a tree take part in a transfer: rsync's include and exclude rules, the files
 * that hold them, and `--files-from`. Pure: nothing here reads a disk.
 */
export { compileFilter, type Filter, type FilterExplanation } from "./filter.ts";
export { appendRules, type FilterRule, parseRule, type RuleBatch, type RuleKind } from "./rule.ts";
export { type ListFileOptions, parseRuleFile } from "./rule_file.ts";
export { type ListedPath, type NameList, parseNameList } from "./name_list.ts";
