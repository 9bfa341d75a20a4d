/** The outcome as a table for people and as data for programs. */
import type { Figure, Row, Settings } from "./rows.ts";

/** What came of a row. */
export interface Line {
  row: Row;
  figures?: readonly Figure[];
  error?: string;
}

/** Whether a figure keeps its bar; one without a bar does. */
export function isMet({ value, bar }: Figure): boolean {
  return bar === undefined || value <= bar;
}

/** A table in plain text, which is Markdown as well. */
export function toTable(lines: readonly Line[], { scale }: Settings): string {
  const cells = [["work", "figure", "measured", "bar", "met?"]];
  for (const { row, figures, error } of lines) {
    if (error !== undefined) cells.push([row.work, "failed", "", "", error.split("\n")[0]]);
    for (const [index, figure] of (figures ?? []).entries()) {
      const { what, bar, unit } = figure;
      const met = bar === undefined ? "" : scale !== 1 ? "scaled" : isMet(figure) ? "yes" : "NO";
      const limit = bar === undefined ? "" : `≤ ${bar}${unitOf(unit)}`;
      cells.push([index === 0 ? row.work : "", what, toText(figure), limit, met]);
    }
  }
  const widths = cells[0].map((_, i) => Math.max(...cells.map((line) => [...line[i]].length)));
  const toLine = (line: string[]) =>
    `| ${line.map((cell, i) => cell + " ".repeat(widths[i] - [...cell].length)).join(" | ")} |`;
  const rule = `| ${widths.map((length) => "-".repeat(length)).join(" | ")} |`;
  const [head, ...rest] = cells.map(toLine);
  return [head, rule, ...rest].join("\n");
}

function toText({ value, unit }: Figure): string {
  const digits = unit === "" || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits) + unitOf(unit);
}

function unitOf(unit: Figure["unit"]): string {
  return unit === "" ? "" : unit === "/s" || unit === "×" ? unit : ` ${unit}`;
}

/** The same for programs: one object. */
export function toJson(lines: readonly Line[], settings: Settings): string {
  const rows = lines.map(({ row: { id, work }, figures, error }) => ({ id, work, figures, error }));
  const machine = {
    processors: navigator.hardwareConcurrency,
    load: Deno.loadavg(),
    deno: Deno.version.deno,
  };
  return JSON.stringify({ schema: 1, ...settings, machine, rows }, null, 2);
}

/** Whether everything ran and, at full scale, kept its bars. */
export function isGood(lines: readonly Line[], { scale }: Settings): boolean {
  return lines.every(({ error, figures }) =>
    error === undefined && (scale !== 1 || figures!.every(isMet))
  );
}
