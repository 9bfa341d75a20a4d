/** What was made, for people and for programs. */
import type { Made, Outcome } from "./make.ts";

/** The schema of the lines; the number grows when a field changes its meaning. */
const SCHEMA = "orbit.compile/1";

/** One line of JSON. */
export function jsonLine(outcome: Outcome, seq: number): string {
  const { type, ...fields } = outcome;
  return JSON.stringify({ schema: SCHEMA, type, seq, ...fields });
}

/** A table of sizes, and a line for each thing that went otherwise than by `deno compile`. */
export function reportText(outcomes: readonly Outcome[]): string {
  const made = outcomes.filter((outcome) => outcome.type === "made");
  const rows = [
    ["program", "kind", "bytes", "MB", "path"],
    ...made.map((one) => [one.program, one.kind, `${one.bytes}`, megabytes(one), one.path]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const table = rows.map((row) =>
    row.map((cell, column) =>
      column === 2 || column === 3 ? cell.padStart(widths[column]) : cell.padEnd(widths[column])
    ).join("  ").trimEnd()
  );
  const skipped = outcomes.filter((outcome) => outcome.type === "skipped")
    .map(({ program, reason }) => `skipped ${program}: ${reason}`);
  const reasons = [...new Set(made.flatMap(({ reason }) => reason ?? []))]
    .map((reason) => `self-extracting because ${reason}`);
  return [...(made.length > 0 ? table : []), ...reasons, ...skipped, ""].join("\n");
}

function megabytes({ bytes }: Made): string {
  return (bytes / 1e6).toFixed(1);
}
