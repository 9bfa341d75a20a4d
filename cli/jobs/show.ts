/** Jobs as text and as JSON. */
import { escapeName } from "#core/names.ts";
import { formatTime } from "#core/program/output/format.ts";
import { escapeMessage } from "#core/program/output/message.ts";
import type { JobFolder } from "./catalog.ts";

/** The schema of `orbit jobs --json`. */
export const JOBS_SCHEMA = "orbit.jobs/1";

/** A table with a line for each job. */
export function jobTable(folders: readonly JobFolder[]): string[] {
  if (folders.length === 0) return ["no jobs"];
  const rows = folders.map((folder) => [folder.id, stateOf(folder), startOf(folder)]);
  const header = ["ID", "STATE", "STARTED"];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length))
  );
  const toLine = (cells: readonly string[], last: string) =>
    [...cells.map((cell, column) => cell.padEnd(widths[column])), last].join("  ").trimEnd();
  return [
    toLine(header, "JOB"),
    ...folders.map((folder, index) => toLine(rows[index], labelOf(folder))),
  ];
}

/** All that is known of a job. */
export function jobDetails(folder: JobFolder): string[] {
  const lines = [
    `id:        ${folder.id}`,
    `state:     ${stateOf(folder)}`,
    `job:       ${labelOf(folder)}`,
  ];
  if (folder.status === "running" && folder.owner) lines.push(`process:   ${folder.owner.pid}`);
  if (folder.status === "damaged") lines.push(`error:     ${escapeMessage(folder.error.message)}`);
  if (folder.status !== "stored") return [...lines, `started:   ${startOf(folder)}`];
  const { job } = folder;
  lines.push(`created:   ${formatTime(job.createdAtMs)}`, `started:   ${startOf(folder)}`);
  if (job.finishedAtMs !== undefined) lines.push(`ended:     ${formatTime(job.finishedAtMs)}`);
  lines.push(`attempts:  ${job.attempt}`);
  for (const step of job.steps) lines.push(`step:      ${escapeName(step.name)} ${step.state}`);
  if (job.error) lines.push(`error:     ${escapeMessage(job.error.message)}`);
  return lines;
}

/** A line of JSON for each job. */
export function jobRecords(folders: readonly JobFolder[]): string[] {
  return folders.map((folder, seq) =>
    JSON.stringify({ schema: JOBS_SCHEMA, type: "job", seq, ...folder })
  );
}

function stateOf(folder: JobFolder): string {
  return folder.status === "stored" ? folder.job.state : folder.status;
}

function labelOf(folder: JobFolder): string {
  if (folder.status === "stored") return escapeName(folder.job.label);
  if (folder.status === "running") return escapeName(folder.owner?.label ?? "");
  return "";
}

function startOf(folder: JobFolder): string {
  const startedAtMs = folder.status === "stored"
    ? folder.job.startedAtMs
    : folder.status === "running"
    ? folder.owner?.startedAtMs
    : undefined;
  return startedAtMs === undefined ? "-" : formatTime(startedAtMs);
}
