/**
 * What a sync tells while it runs: events as `orbit sync --json` has them, from the first one on,
 * how far it is, and when it is over how it stands. A reader that lost the stream goes on from the
 * last cursor; a stream without its last line is cut off.
 */
import * as v from "valibot";
import { OrbitError, toErrorData } from "#core/errors.ts";
import { type FileJobProgress, type SyncJobReport, unpackEvents } from "#core/file_jobs/mod.ts";
import type { JobLogLine, JobShape } from "#core/grid_api/mod.ts";
import { isFinished, type Job, type JobId } from "#core/magnetar/mod.ts";
import { type SyncEvent, toEventRecord } from "#core/sync/mod.ts";
import type { Exchange, Handler } from "./exchange.ts";
import { digits, readQuery } from "./input.ts";
import { findJob, toJobShape } from "./job_shape.ts";
import { JobNews, requireStillGood } from "./news.ts";
import { streamResponse } from "./stream.ts";

/** News come at most this often. */
const PACE_MS = 200;
/** Pieces of the log that are read at once. */
const PAGE = 8;

const logQuery = v.strictObject({
  after: v.optional(digits({ least: 0, most: Number.MAX_SAFE_INTEGER }), "0"),
});

export const readLog: Handler = (exchange) => {
  const { after } = readQuery(exchange.context.req.url, logQuery);
  const { id, state } = findJob(exchange);
  if (exchange.jobs.desk.isIdle && !isFinished(state)) {
    throw new OrbitError("unavailable", "follow job: no Nucleus is running; it waits for one");
  }
  return streamResponse(exchange, {
    contentType: "application/x-ndjson",
    pieces: (signal) => follow({ ...exchange, signal }, id, after),
    onError: (error) => {
      const { code, message } = toErrorData(error);
      if (code === "unauthenticated") return toLine({ type: "error", error: { code, message } });
      exchange.log.error("log broke off", { job: id, error: toErrorData(error) });
      return toLine({ type: "error", error: { code, message: "follow job: broke off" } });
    },
  });
};

async function* follow(exchange: Exchange, id: JobId, from: number): AsyncGenerator<string> {
  const { store, desk } = exchange.jobs;
  using news = new JobNews(exchange, id);
  let after = from, shown = "";
  for (;;) {
    news.look();
    requireStillGood(exchange);
    const job = store.job(id);
    const shape = toJobShape(job, exchange);
    // While it is at the end of its run, the last of what it tells may still be to come.
    const isOver = isFinished(job.state) && desk.progress(id) === undefined;
    const state = stateLine(shape, desk.progress(id) === undefined);
    if (state !== shown) yield shown = state;
    for (;;) {
      const pieces = store.told(id, { limit: PAGE, after });
      if (pieces.length === 0) break;
      after = pieces.at(-1)!.position;
      const events = pieces.flatMap(({ data }) => unpackEvents(data));
      yield [...events.map(eventLine), toLine({ type: "cursor", after })].join("");
    }
    if (isOver) return yield endLine(job, shape);
    yield progressLine(desk.progress(id), shape);
    await news.pause(PACE_MS);
    while (!await news.come()) yield "\n";
  }
}

function stateLine({ state, progress }: JobShape, rests: boolean): string {
  const queued = state === "pending" && rests ? true : undefined;
  const { waitingFor, waitingWhy } = progress ?? {};
  return toLine({ type: "state", state, queued, waitingFor, waitingWhy });
}

function progressLine(progress: FileJobProgress | undefined, { relayedBytes }: JobShape): string {
  const { totals, current } = progress ?? {};
  if (totals === undefined) return "\n";
  return eventLine({ type: "progress", totals: { ...totals, relayedBytes }, current });
}

function endLine({ report }: Job, { state, error, relayedBytes }: JobShape): string {
  const { totals, durationMs } = report as SyncJobReport | undefined ?? {};
  return toLine({
    ...{ type: "end", state, error, durationMs },
    totals: totals && { ...totals, relayedBytes },
  });
}

function eventLine(event: SyncEvent): string {
  return toLine(toEventRecord(event) as JobLogLine);
}

function toLine(line: JobLogLine): string {
  return JSON.stringify(line) + "\n";
}
