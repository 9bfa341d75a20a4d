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
import { fromWorkName } from "./codec/work_name.ts";
import type { ServeLimits } from "./limits.ts";
import type { OpenLink } from "./link.ts";
import { stopped, type Transfers } from "./lasting/transfers.ts";
import type { Listening, WorkOrder } from "./lasting/work.ts";
import { RelayedSource } from "./relayed_source.ts";
import type { TransferNews } from "./transfer_news.ts";

type News = MessageInitShape<typeof TransferResponseSchema>;

/** What a call needs beside its messages. */
export interface TransferService {
  /** As far as the scope reaches. */
  system: OrbitSystem;
  scope: readonly string[] | undefined;
  transfers: Transfers;
  limits: ServeLimits;
  checkPath: (path: string) => void;
  openLink: OpenLink | undefined;
  signal: AbortSignal;
}

export async function* serveTransfer(
  service: TransferService,
  requests: AsyncIterable<TransferRequest>,
): AsyncGenerator<News> {
  const { transfers, limits, signal } = service;
  const iterator = requests[Symbol.asyncIterator]();
  let listening: Listening | undefined;
  const leave = () => listening?.end(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  try {
    const start = await readStart(iterator);
    const work = transfers.begin(
      readOrder(start, limits),
      (news, stop) => startWork(service, start, { news, relay }, stop),
    );
    const relay = start.source.case === "relay" ? new RelayedSource(work.news) : undefined;
    listening = work.listen();
    if (signal.aborted) leave();
    void hear(iterator, { news: work.news, relay, paced: start.paced }, listening);
    yield* tell(listening, limits.beatMs);
    if (work.end === undefined) throw listening.reason;
    if ("error" in work.end) throw work.end.error;
    yield { news: { case: "results", value: { results: work.end.results.map(toActionResult) } } };
    work.heard.told = true;
  } finally {
    signal.removeEventListener("abort", leave);
    if (listening) await transfers.leave(listening, stopped());
    await Promise.allSettled([iterator.return?.()]);
  }
}

function readOrder({ name, actions, source }: TransferStart, limits: ServeLimits): WorkOrder {
  atMost(actions.length, limits.maxActions, "actions", blameRequest);
  return {
    name: name && fromWorkName(name, blameRequest),
    paths: actions.map(({ action }) => (
      fromPath(action.value?.path ?? new Uint8Array(), "path", blameRequest)
    )),
    canGoOn: source.case !== "relay",
  };
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
  { system, scope, limits, checkPath, openLink }: TransferService,
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
    const found = fromLink(start.source.value, blameRequest);
    const link = scope === undefined ? found : { ...found, scope };
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

/** Hears the caller until the call ends; what it must not say, or its end too soon, ends the work. */
async function hear(
  requests: AsyncIterator<TransferRequest>,
  { news, relay, paced }: Talk & { paced: boolean },
  listening: Listening,
): Promise<void> {
  const { work } = listening;
  while (work.end === undefined && !listening.isOver) {
    const { done, value } = await requests.next().catch((error) => {
      listening.end(error); // the caller is gone
      return { done: undefined, value: undefined };
    });
    if (listening.isOver) return;
    try {
      if (done && paced) throw blameRequest("part", "the end, though bytes may have to be granted");
      if (done && relay) throw blameRequest("part", "the end, though content may be called for");
      if (done) return;
      const { part } = value!;
      if (part.case === "granted") news.grant(fromWide(part.value, "granted", blameRequest));
      else if (part.case === "parcel" && relay) relay.parcel(part.value);
      else if (part.case === "end" && relay) relay.end(part.value);
      else if (part.case === "stop") work.stop(stopped());
      else throw blameRequest("part", "of an unknown kind");
    } catch (error) {
      work.stop(error);
    }
  }
}

/** What happens, until the work is over or it is somebody else who is told. */
async function* tell(listening: Listening, beatMs: number): AsyncGenerator<News> {
  const { work } = listening;
  while (!listening.isOver) {
    const next = work.news.next();
    const isLast = work.end !== undefined;
    if (!isLast && await isLate(next, beatMs)) yield { news: { case: "progress", value: {} } };
    const news = work.news.take();
    while (!listening.isOver) {
      const { done, value } = news.next();
      if (done) break;
      yield value;
    }
    if (isLast) return;
  }
}
