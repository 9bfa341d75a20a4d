/** The outcome as a table for people and as data for programs. */
import type { Outcome, Side } from "./race.ts";
import type { Bar, Row } from "./rows.ts";

/** What came of a row: figures, or why there are none. */
export interface Line {
  row: Row;
  outcome?: Outcome;
  /** Why the row was not run: a peer or room is missing. */
  skipped?: string;
  /** A command failed. */
  error?: string;
}

/** What the run was, beside its figures. */
export interface Setting {
  runs: number;
  scale: number;
}

const HEAD = ["work", "orbit", "peer", "ratio", "bar", "met?"];

/** A table in plain text, which is Markdown as well. */
export function toTable(lines: readonly Line[], setting: Setting): string {
  const rows = lines.map((line) => toCells(line, setting));
  const widths = HEAD.map((head, i) =>
    Math.max(...[head, ...rows.map((row) => row[i])].map(width))
  );
  const toLine = (cells: string[]) =>
    `| ${cells.map((cell, i) => cell + " ".repeat(widths[i] - width(cell))).join(" | ")} |`;
  const rule = `| ${widths.map((length) => "-".repeat(length)).join(" | ")} |`;
  return [toLine(HEAD), rule, ...rows.map(toLine)].join("\n");
}

function toCells({ row, outcome, skipped, error }: Line, setting: Setting): string[] {
  if (outcome === undefined) {
    const why = skipped === undefined ? "failed" : "not run";
    return [row.work, why, "", "", toBar(row.bar), skipped ?? error?.split("\n")[0] ?? ""];
  }
  const { orbit, peer, ratio, isMet } = outcome;
  const met = setting.scale !== 1 ? "scaled" : isMet ? "yes" : "NO";
  return [row.work, toSide(orbit), toSide(peer), ratio.toFixed(2), toBar(row.bar), met];
}

function toSide({ wallSeconds, cpuSeconds, peakBytes }: Side): string {
  return `${wallSeconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} cpu, ${toMegabytes(peakBytes)}`;
}

function toBar(bar: Bar): string {
  return bar.kind === "ratio" ? `≤ ${bar.atMost}` : `≤ ${toMegabytes(bar.atMostBytes)}`;
}

function toMegabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function width(text: string): number {
  return [...text].length;
}

/** The same for programs: one object, times in seconds, sizes in bytes. */
export function toJson(lines: readonly Line[], setting: Setting): string {
  const rows = lines.map(({ row, outcome, skipped, error }) => ({
    id: row.id,
    work: row.work,
    bar: row.bar,
    ...outcome,
    skipped,
    error,
  }));
  const machine = { processors: navigator.hardwareConcurrency, deno: Deno.version.deno };
  return JSON.stringify({ schema: 1, ...setting, machine, rows }, null, 2);
}

/** Whether everything ran and, on data of full size, met its bar. */
export function isGood(lines: readonly Line[], setting: Setting): boolean {
  return lines.every(({ outcome, skipped, error }) =>
    error === undefined &&
    (skipped !== undefined || setting.scale !== 1 || outcome?.isMet === true)
  );
}
