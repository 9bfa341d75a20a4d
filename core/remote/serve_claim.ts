/** Telling what became of transfers whose caller was lost, to whoever comes back for them. */
import { toErrorData } from "#core/errors.ts";
import type {
  ClaimTransfersRequest,
  ClaimTransfersResponseSchema,
  TransferResponseSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { blameRequest } from "./codec/blame.ts";
import { toPath } from "./codec/bytes.ts";
import { toCheckpoint } from "./codec/checkpoint.ts";
import { toProblem } from "./codec/problem.ts";
import { toActionResult } from "./codec/result.ts";
import { fromWorkClaim } from "./codec/work_name.ts";
import type { WorkRecord } from "./lasting/records.ts";
import type { Transfers } from "./lasting/transfers.ts";
import type { Listening, WorkEnd } from "./lasting/work.ts";

type Message = MessageInitShape<typeof ClaimTransfersResponseSchema>;
type News = NonNullable<Message["news"]>;
type WorkNews = Generator<MessageInitShape<typeof TransferResponseSchema>>;

/** What a call needs beside its message. */
export interface ClaimService {
  transfers: Transfers;
  signal: AbortSignal;
}

export async function* serveClaim(
  service: ClaimService,
  request: ClaimTransfersRequest,
): AsyncGenerator<Message> {
  const { transfers, signal } = service;
  const { records, listening } = await transfers.claim(fromWorkClaim(request, blameRequest));
  const leave = () => {
    for (const one of listening) one.end(signal.reason);
  };
  signal.addEventListener("abort", leave, { once: true });
  // Others' work may have taken its time to end.
  if (signal.aborted) leave();
  try {
    let transfer = 0;
    for (const record of records) {
      transfer++;
      for (const news of tellRecord(record)) yield { transfer, news };
    }
    transfers.heard(records);
    yield* tellWorks(listening, transfer);
  } finally {
    signal.removeEventListener("abort", leave);
    await Promise.all(listening.map((one) => transfers.leave(one, signal.reason)));
  }
}

function* tellRecord({ step, paths, checkpoints, results }: WorkRecord): Generator<News> {
  yield begin(step, paths);
  for (const [index, checkpoint] of checkpoints) {
    yield { case: "checkpoint", value: { index, checkpoint: toCheckpoint(checkpoint) } };
  }
  yield results === undefined
    ? { case: "lost", value: {} }
    : { case: "results", value: { results: results.map(toActionResult) } };
}

function begin(step: string, paths: readonly string[]): News {
  return { case: "begin", value: { step, paths: paths.map((path) => toPath(path, "path")) } };
}

/** What is still at work, until it is over. */
async function* tellWorks(
  listening: readonly Listening[],
  from: number,
): AsyncGenerator<Message> {
  const open = new Map(listening.map((one, index) => [from + index + 1, one]));
  for (const [transfer, { work: { order } }] of open) {
    yield { transfer, news: begin(order.name!.step, order.paths) };
  }
  while (open.size > 0) {
    for (const [transfer, one] of open) {
      const { work } = one;
      const end = work.end; // before its last news, so that none is left behind
      const news = work.news.take();
      for (let next = step(one, news); next !== undefined; next = step(one, news)) {
        yield { transfer, news: next };
      }
      if (one.isOver) throw one.reason;
      if (end === undefined) continue;
      yield { transfer, news: endOf(end) };
      work.heard.told = "results" in end;
      open.delete(transfer);
    }
    if (open.size === 0) return;
    await Promise.race(Array.from(open.values(), ({ work }) => work.news.next()));
  }
}

/** The next news, as long as they are this listener's to take. */
function step(listening: Listening, news: WorkNews): News | undefined {
  if (listening.isOver) return undefined;
  const { done, value } = news.next();
  if (done) return undefined;
  if (value.news?.case === "progress") return { case: "progress", value: value.news.value };
  if (value.news?.case === "checkpoint") return { case: "checkpoint", value: value.news.value };
  return undefined;
}

function endOf(end: WorkEnd): News {
  return "results" in end
    ? { case: "results", value: { results: end.results.map(toActionResult) } }
    : { case: "lost", value: toProblem(toErrorData(end.error)) };
}
