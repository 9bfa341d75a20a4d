/**
 * Everything that a finished job found, line by line: what it brought forth first, then its items.
 * After every page stands a cursor, from which a reader that lost the stream goes on; a stream
 * without its last line is cut off.
 */
import * as v from "valibot";
import { parsed } from "#core/config/mod.ts";
import { OrbitError, toErrorData } from "#core/errors.ts";
import { planGraph, unpackChunks, unpackEvents } from "#core/file_jobs/mod.ts";
import { isFinished, type Item, type Job, type Output } from "#core/magnetar/mod.ts";
import { type SyncEvent, toEventRecord } from "#core/sync/mod.ts";
import { nameFields } from "#core/program/output/name_fields.ts";
import { type Entry, kindName, ScanBatch } from "#core/system/scan_batch.ts";
import type { Exchange, Handler } from "./exchange.ts";
import { readQuery } from "./input.ts";
import { findJob } from "./job_shape.ts";
import { streamResponse } from "./stream.ts";

/** Items of one page. */
const PAGE = 500;

/** Where a stream stands: in what was brought forth, or in the items. */
type Cursor =
  | { in: "outputs"; position: number; sequence: number }
  | { in: "items"; position: number };

const START: Cursor = { in: "outputs", position: 0, sequence: -1 };

const resultsQuery = v.strictObject({
  after: v.optional(parsed("a cursor of these results", parseCursor), "o0.-1"),
});

export const readResults: Handler = (exchange) => {
  const { after } = readQuery(exchange.context.req.url, resultsQuery);
  const job = findJob(exchange);
  if (!isFinished(job.state)) {
    const id = JSON.stringify(job.id);
    throw new OrbitError("conflict", `read results of job ${id}: it is ${job.state}, not over`);
  }
  return streamResponse(exchange, {
    contentType: "application/x-ndjson",
    pieces: () => pages(exchange, job, after),
    onError: (error) => {
      exchange.log.error("results broke off", { job: job.id, error: toErrorData(error) });
      const { code } = toErrorData(error);
      return toLine({ type: "error", error: { code, message: "read results: broke off" } });
    },
  });
};

function* pages({ jobs }: Exchange, job: Job, from: Cursor): Generator<string> {
  const { store, decodeScan } = jobs;
  let at = from;
  while (at.in === "outputs") {
    const [output] = store.outputs(job.id, { limit: 1, after: at });
    if (output === undefined) {
      at = { in: "items", position: 0 };
      break;
    }
    const { position, sequence } = output;
    at = { in: "outputs", position, sequence };
    yield linesOf(job, output, decodeScan) + cursorLine(at);
  }
  for (let position = at.position;;) {
    const items = store.items(job.id, { limit: PAGE, after: position });
    const lines = items.flatMap((item) => lineOf(job, item)).join("");
    position = items.at(-1)?.position ?? position;
    if (items.length < PAGE) {
      yield lines + toLine({ type: "end", state: job.state, error: job.error });
      return;
    }
    yield lines + cursorLine({ in: "items", position });
  }
}

function linesOf(job: Job, output: Output, decodeScan: (data: Uint8Array) => ScanBatch["data"]) {
  if (job.kind === "chunk") {
    const path = nameFields("path", output.key);
    return unpackChunks(output.data)
      .map((chunk) => toLine({ type: "chunk", ...path, ...chunk })).join("");
  }
  if (isPlan(job)) return unpackEvents(output.data).map(planLine).join("");
  const batch = new ScanBatch(decodeScan(output.data));
  const lines: string[] = [];
  for (const { directory, from, to } of batch.data.parts) {
    for (let row = from; row < to; row++) lines.push(entryLine(batch.entry(row, directory)));
  }
  return lines.join("");
}

/** Whether the job was a dry run. */
function isPlan({ steps }: Job): boolean {
  return steps[0]?.name === planGraph[0].name;
}

/** A line of a dry run, with the names as they are given everywhere. */
function planLine(event: SyncEvent): string {
  const { action, ...rest } = toEventRecord(event);
  return toLine({ ...rest, ...action as object | undefined });
}

function entryLine({ path, mode, size, mtime, mtimeNs, uid, gid, link }: Entry): string {
  return toLine({
    type: "entry",
    ...nameFields("path", path),
    kind: kindName(mode),
    mode: mode & 0o7777,
    ...{ size, mtime, mtimeNs, uid, gid },
    ...link === undefined ? {} : nameFields("target", link),
  });
}

/** A file that was looked at, or what went wrong with it. */
function lineOf(job: Job, { key, step, state, result, error, reason }: Item): string[] {
  const { kind } = job, path = nameFields("path", key);
  if (isPlan(job) && state === "done") return [toLine({ type: "planned", ...result as object })];
  if (state === "failed") {
    const type = kind === "verify" && error?.code === "corrupt" ? "difference" : "trouble";
    return [toLine({ type, step, ...path, error })];
  }
  if (state === "skipped") return [toLine({ type: "skipped", step, ...path, reason })];
  // The directories of a scan are its entries already.
  if (kind === "scan" || state !== "done") return [];
  return [toLine({ type: kind === "verify" ? "same" : "file", ...path, ...result as object })];
}

function cursorLine(at: Cursor): string {
  const after = at.in === "items" ? `i${at.position}` : `o${at.position}.${at.sequence}`;
  return toLine({ type: "cursor", after });
}

function parseCursor(text: string): Cursor | undefined {
  const match = /^(?:i(\d{1,15})|o(\d{1,15})\.(-1|\d{1,15}))$/.exec(text);
  if (match === null) return undefined;
  if (match[1] !== undefined) return { in: "items", position: Number(match[1]) };
  if (text === "o0.-1") return START;
  return { in: "outputs", position: Number(match[2]), sequence: Number(match[3]) };
}

function toLine(value: object): string {
  return JSON.stringify(value) + "\n";
}
