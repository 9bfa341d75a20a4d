/** What was made, for people and for programs. */
import type { Made } from "./make.ts";

/** The schema of the lines; the number grows when a field changes its meaning. */
const SCHEMA = "orbit.compile/1";

/** One line of JSON. */
export function jsonLine(made: Made, seq: number): string {
  const { type, ...fields } = made;
  return JSON.stringify({ schema: SCHEMA, type, seq, ...fields });
}

/** A table of sizes, and a line for each thing that went otherwise than by `deno compile`. */
export function reportText(made: readonly Made[]): string {
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
  const reasons = [...new Set(made.flatMap(({ reason }) => reason ?? []))]
    .map((reason) => `self-extracting because ${reason}`);
  return [...table, ...reasons, ""].join("\n");
}

function megabytes({ bytes }: Made): string {
  return (bytes / 1e6).toFixed(1);
}
