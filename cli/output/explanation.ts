/** `--explain` as lines for a person. */
import { escapeName } from "#core/names.ts";
import type { EntryFacts, Explanation } from "#core/sync/events.ts";
import { escapeMessage } from "#core/program/output/message.ts";

/** What is known about a path, a line each: the filter, both sides, and what would be done. */
export function explanationLines(explanation: Explanation): string[] {
  const { path, source, destination, action, conclusion } = explanation;
  const plan = action === undefined ? "" : `${action.itemized.trimEnd()}  `;
  return [
    path === "" ? "./" : escapeName(path),
    `  filter:      ${filterLine(explanation)}`,
    `  source:      ${factsLine(source)}`,
    `  destination: ${factsLine(destination)}`,
    `  plan:        ${plan}${escapeMessage(conclusion)}`,
  ];
}

function filterLine({ filter }: Explanation): string {
  const { verdict, rule, index, ancestor } = filter;
  if (rule === undefined) return "included, as no rule matches";
  const mark = rule.kind === "exclude" ? "-" : "+";
  const above = ancestor === undefined ? "" : `, which matches "${escapeName(ancestor)}" above it`;
  return `${verdict}d by rule ${index! + 1}: ${mark} ${escapeName(rule.pattern)}${above}`;
}

function factsLine(facts: EntryFacts | undefined): string {
  if (facts === undefined) return "nothing";
  const size = facts.kind === "file" ? `, ${facts.size} bytes` : "";
  const target = facts.target === undefined ? "" : ` -> ${escapeName(facts.target)}`;
  const mode = facts.permissions.toString(8).padStart(4, "0");
  return `${facts.kind}${size}, mode ${mode}, owner ${facts.uid}:${facts.gid}, ` +
    `modified ${timeOf(facts)}${target}`;
}

/** ISO 8601 with nanoseconds; seconds since 1970 for a time beyond what that can say. */
function timeOf({ mtime, mtimeNs }: EntryFacts): string {
  const fraction = String(mtimeNs).padStart(9, "0");
  const date = new Date(mtime * 1000);
  if (Number.isNaN(date.getTime())) return `@${mtime}.${fraction}`;
  return date.toISOString().replace(/\.\d+Z$/, `.${fraction}Z`);
}
