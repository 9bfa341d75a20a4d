/** Copying between roots of this Star, told of and paced by a caller elsewhere. */
import { OrbitError } from "#core/errors.ts";
import type {
  ActionResult,
  LargeCheckpoint,
  OrbitSystem,
  TransferRequest as Transfer,
} from "#core/system/mod.ts";
import type {
  TransferRequest,
  TransferResponseSchema,
  TransferStart,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { isLate } from "./beats.ts";
import { blameRequest } from "./codec/blame.ts";
import { fromAction } from "./codec/action.ts";
import { fromPath, fromPaths } from "./codec/bytes.ts";
import { fromCheckpoint } from "./codec/checkpoint.ts";
import { atMost, fromWide } from "./codec/numbers.ts";
import { fromActionOptions } from "./codec/options.ts";
import { toActionResult } from "./codec/result.ts";
import type { ServeLimits } from "./limits.ts";
import { TransferNews } from "./transfer_news.ts";

type News = MessageInitShape<typeof TransferResponseSchema>;

/** What a call needs beside its messages. */
export interface TransferService {
  system: OrbitSystem;
  limits: ServeLimits;
  checkPath: (path: string) => void;
  signal: AbortSignal;
}

export async function* serveTransfer(
  service: TransferService,
  requests: AsyncIterable<TransferRequest>,
): AsyncGenerator<News> {
  const iterator = requests[Symbol.asyncIterator]();
  const stop = new AbortController();
  const follow = () => stop.abort(service.signal.reason);
  service.signal.addEventListener("abort", follow, { once: true });
  let work: Promise<ActionResult[]> | undefined;
  try {
    const start = await readStart(iterator);
    const news = new TransferNews(stop.signal);
    work = startWork(service, start, news, stop.signal);
    work.then(() => news.wake(), () => news.wake());
    void listen(iterator, news, stop, start.paced);
    yield* tell(work, news, service.limits.beatMs);
    yield { news: { case: "results", value: { results: (await work).map(toActionResult) } } };
  } finally {
    service.signal.removeEventListener("abort", follow);
    stop.abort(stopped());
    await Promise.allSettled([work, iterator.return?.()]);
  }
}

async function readStart(requests: AsyncIterator<TransferRequest>): Promise<TransferStart> {
  const { done, value } = await requests.next();
  if (!done && value.part.case === "start") return value.part.value;
  throw blameRequest("part", "the first one doesn't say what to transfer");
}

async function startWork(
  { system, limits, checkPath }: TransferService,
  start: TransferStart,
  news: TransferNews,
  signal: AbortSignal,
): Promise<ActionResult[]> {
  const { request, checkpoints } = fromStart(start, limits);
  for (const path of [...request.sources, request.base]) checkPath(path);
  return await system.transferTo(system, request, {
    signal,
    checkpoints,
    onBytes: (written, verified) => news.moved(written, verified),
    onCheckpoint: (index, checkpoint) => news.checkpoint(index, checkpoint),
    pace: start.paced ? (bytes) => news.ask(bytes) : undefined,
  });
}

function fromStart(
  start: TransferStart,
  limits: ServeLimits,
): { request: Transfer; checkpoints: Map<number, LargeCheckpoint> } {
  const { sources, base, actions, options } = start;
  atMost(sources.length, limits.maxPaths, "sources", blameRequest);
  atMost(actions.length, limits.maxActions, "actions", blameRequest);
  const checkpoints = new Map<number, LargeCheckpoint>();
  for (const { index, checkpoint } of start.checkpoints) {
    if (actions[index]?.action.case !== "copy") throw blameRequest("checkpoints", "of no copy");
    checkpoints.set(index, fromCheckpoint(checkpoint, blameRequest));
  }
  const request = {
    sources: fromPaths(sources, "sources", blameRequest),
    base: fromPath(base, "base", blameRequest),
    actions: actions.map((action) => fromAction(action, sources.length, blameRequest)),
    options: fromActionOptions(options, blameRequest),
  };
  return { request, checkpoints };
}

/** Hears the caller until the call ends; trouble of its stream, or its end too soon, stops the work. */
async function listen(
  requests: AsyncIterator<TransferRequest>,
  news: TransferNews,
  stop: AbortController,
  paced: boolean,
): Promise<void> {
  try {
    while (!stop.signal.aborted) {
      const { done, value } = await requests.next();
      if (done && paced) throw blameRequest("part", "the end, though bytes may have to be granted");
      if (done) return;
      const { part } = value;
      if (part.case === "granted") news.grant(fromWide(part.value, "granted", blameRequest));
      else if (part.case === "stop") stop.abort(stopped());
      else throw blameRequest("part", "of an unknown kind");
    }
  } catch (error) {
    stop.abort(error);
  }
}

/** What happens, until the work is over. */
async function* tell(
  work: Promise<unknown>,
  news: TransferNews,
  beatMs: number,
): AsyncGenerator<News> {
  let isOver = false;
  work.then(() => isOver = true, () => isOver = true);
  while (true) {
    const next = news.next();
    if (isOver) break;
    if (await isLate(next, beatMs)) yield { news: { case: "progress", value: {} } };
    yield* news.take();
  }
  yield* news.take();
}

function stopped(): OrbitError {
  return new OrbitError("unavailable", "transfer: stopped by its caller");
}
