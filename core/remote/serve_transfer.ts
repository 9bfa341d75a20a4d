/** Carrying out a batch on this Star, told of and paced by a caller elsewhere. */
import { OrbitError } from "#core/errors.ts";
import type {
  ActionResult,
  LargeCheckpoint,
  OrbitSystem,
  TransferOptions,
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
import { fromLink } from "./codec/link.ts";
import { atMost, fromWide } from "./codec/numbers.ts";
import { fromActionOptions } from "./codec/options.ts";
import { toActionResult } from "./codec/result.ts";
import type { ServeLimits } from "./limits.ts";
import type { OpenLink } from "./link.ts";
import { RelayedSource } from "./relayed_source.ts";
import { TransferNews } from "./transfer_news.ts";

type News = MessageInitShape<typeof TransferResponseSchema>;

/** What a call needs beside its messages. */
export interface TransferService {
  system: OrbitSystem;
  limits: ServeLimits;
  checkPath: (path: string) => void;
  openLink: OpenLink | undefined;
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
    const relay = start.source.case === "relay" ? new RelayedSource(news) : undefined;
    work = startWork(service, start, { news, relay }, stop.signal);
    work.then(() => news.wake(), () => news.wake());
    void listen(iterator, { news, relay, paced: start.paced }, stop);
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

/** What the caller is told by, and what it tells. */
interface Talk {
  news: TransferNews;
  relay: RelayedSource | undefined;
}

async function startWork(
  { system, limits, checkPath, openLink }: TransferService,
  start: TransferStart,
  { news, relay }: Talk,
  signal: AbortSignal,
): Promise<ActionResult[]> {
  const { request, checkpoints } = fromStart(start, limits);
  checkPath(request.base);
  const options: TransferOptions = {
    signal,
    checkpoints,
    onBytes: (written, verified) => news.moved(written, verified),
    onCheckpoint: (index, checkpoint) => news.checkpoint(index, checkpoint),
    pace: start.paced ? (bytes) => news.ask(bytes) : undefined,
  };
  if (relay !== undefined) return await system.receive(request, relay, options);
  if (start.source.case === "link") {
    const link = fromLink(start.source.value, blameRequest);
    if (openLink === undefined) {
      throw new OrbitError("unsupported", "transfer: this Star opens no links to others");
    }
    await using source = await openLink(link, request, signal);
    const results = await system.receive(request, source, options);
    source.ended?.(results);
    return results;
  }
  for (const path of request.sources) checkPath(path);
  return await system.transferTo(system, request, options);
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
  { news, relay, paced }: Talk & { paced: boolean },
  stop: AbortController,
): Promise<void> {
  try {
    while (!stop.signal.aborted) {
      const { done, value } = await requests.next();
      if (done && paced) throw blameRequest("part", "the end, though bytes may have to be granted");
      if (done && relay) throw blameRequest("part", "the end, though content may be called for");
      if (done) return;
      const { part } = value;
      if (part.case === "granted") news.grant(fromWide(part.value, "granted", blameRequest));
      else if (part.case === "parcel" && relay) relay.parcel(part.value);
      else if (part.case === "end" && relay) relay.end(part.value);
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
