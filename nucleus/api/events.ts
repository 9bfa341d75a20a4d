/** Following a job: its state and progress each time they changed, until it is over. */
import * as v from "valibot";
import { OrbitError, toErrorData } from "#core/errors.ts";
import { isFinished, type JobId } from "#core/magnetar/mod.ts";
import type { Exchange, Handler } from "./exchange.ts";
import { readQuery } from "./input.ts";
import { findJob, toFullJobShape } from "./job_shape.ts";
import { JobNews, requireStillGood } from "./news.ts";
import { streamResponse } from "./stream.ts";

/** News come at most this often. */
const PACE_MS = 250;

/** How pieces of a stream are framed. */
interface Frame {
  contentType: string;
  event(type: string, data: object): string;
  signOfLife: string;
}

const LINES: Frame = {
  contentType: "application/x-ndjson",
  event: (type, data) => JSON.stringify({ type, ...data }) + "\n",
  signOfLife: "\n",
};

const SERVER_SENT: Frame = {
  contentType: "text/event-stream",
  event: (type, data) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`,
  signOfLife: ":\n\n",
};

/** JSON lines, or server-sent events for who asks for those. */
export const followJob: Handler = (exchange) => {
  readQuery(exchange.context.req.url, v.strictObject({}));
  const { id } = findJob(exchange);
  if (exchange.jobs.desk.isIdle) {
    throw new OrbitError("unavailable", "follow job: no Nucleus is running; it waits for one");
  }
  const accepts = exchange.context.req.header("accept") ?? "";
  const frame = accepts.includes("text/event-stream") ? SERVER_SENT : LINES;
  return streamResponse(exchange, {
    contentType: frame.contentType,
    pieces: (signal) => follow({ ...exchange, signal }, id, frame),
    onError: (error) => {
      const { code, message } = toErrorData(error);
      if (code === "unauthenticated") return frame.event("error", { error: { code, message } });
      exchange.log.error("events broke off", { job: id, error: toErrorData(error) });
      return frame.event("error", { error: { code, message: "follow job: broke off" } });
    },
  });
};

async function* follow(exchange: Exchange, id: JobId, frame: Frame): AsyncGenerator<string> {
  const { jobs } = exchange;
  using news = new JobNews(exchange, id);
  for (;;) {
    news.look();
    const job = toFullJobShape(jobs.store.job(id), exchange);
    requireStillGood(exchange);
    yield frame.event("job", { job });
    if (isFinished(job.state)) return yield frame.event("end", { state: job.state });
    await news.pause(PACE_MS);
    while (!await news.come()) yield frame.signOfLife;
  }
}
