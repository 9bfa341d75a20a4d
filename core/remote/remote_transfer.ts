/** Having a Star carry out a batch, wherever the content comes from. */
import type {
  ActionResult,
  LargeCheckpoint,
  PackSource,
  TransferOptions,
  TransferRequest,
} from "#core/system/mod.ts";
import type {
  ActionCheckpoint,
  TransferProgress,
  TransferRequestSchema,
  TransferResponse,
  TransferStartSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { isUnreached } from "#core/link/connection.ts";
import { Rendezvous } from "#core/rpc/mod.ts";
import { abortable } from "#core/system/abortable.ts";
import { ACTION_BOUNDS, actionSize } from "./action_size.ts";
import { toAction } from "./codec/action.ts";
import { toPath } from "./codec/bytes.ts";
import { fromCheckpoint, joinCheckpoints, toCheckpoint } from "./codec/checkpoint.ts";
import { fromWide, toWide } from "./codec/numbers.ts";
import { toActionOptions } from "./codec/options.ts";
import { fromActionResults } from "./codec/result.ts";
import { toWorkName } from "./codec/work_name.ts";
import type { LinkSource, UnreachedLink } from "./link.ts";
import { Relay } from "./relay.ts";
import { slices } from "#core/slices.ts";
import type { StarCalls } from "./star_calls.ts";

/** Of all checkpoints of a request, so that it fits into a message: 1.3 TiB of large files. */
const MAX_SEGMENTS_SENT = 40_000;

type Request = MessageInitShape<typeof TransferRequestSchema>;

/** Where a Star finds the content of one call: on itself, over a link, or with who calls it. */
export type ContentPlace =
  | { kind: "own" }
  | { kind: "link"; link: LinkSource }
  | { kind: "relay"; source: PackSource; onRelayed?: (bytes: number) => void };

/**
 * Says where the content of one call is.
 *
 * @param unreached Links of this call on which nobody was reached.
 */
export type FindContent = (
  request: TransferRequest,
  unreached: readonly UnreachedLink[],
) => Promise<ContentPlace>;

/** Ways that are tried for one call. */
const MAX_WAYS = 3;

/** @param findContent Asked once for each call, and again after a link on which nobody was reached. */
export async function remoteTransfer(
  star: StarCalls,
  request: TransferRequest,
  findContent: FindContent,
  options: TransferOptions,
): Promise<ActionResult[]> {
  const results: ActionResult[] = [];
  for (const actions of slices(request.actions, ACTION_BOUNDS, actionSize)) {
    options.signal?.throwIfAborted();
    const own = { ...request, actions };
    const unreached: UnreachedLink[] = [];
    for (;;) {
      const place = await abortable(options.signal, findContent(own, unreached));
      try {
        results.push(...await new TransferPiece(star, own, place, options, results.length).run());
        break;
      } catch (error) {
        const isOther = place.kind === "link" && isUnreached(error);
        if (!isOther || unreached.length + 1 >= MAX_WAYS) throw error;
        unreached.push({ link: place.link, error });
      }
    }
  }
  options.signal?.throwIfAborted();
  return results;
}

/** As many actions as one call takes. */
class TransferPiece {
  readonly #outbox = new Rendezvous<Request>();
  /** Checkpoints so far, by index of this piece's actions. */
  readonly #checkpoints = new Map<number, LargeCheckpoint>();
  readonly #relay: Relay | undefined;
  #results: ActionResult[] | undefined;

  constructor(
    readonly star: StarCalls,
    readonly request: TransferRequest,
    readonly place: ContentPlace,
    readonly options: TransferOptions,
    /** Of its first action in the whole batch. */
    readonly from: number,
  ) {
    if (place.kind !== "relay") return;
    const send = (message: Request) => this.#outbox.send(message);
    const { source, onRelayed } = place;
    this.#relay = new Relay({ source, request, blame: star.blame, send, onRelayed });
  }

  async run(): Promise<ActionResult[]> {
    const { star, options: { signal } } = this;
    const method = StarService.method.transfer;
    this.#tell(this.#start());
    using patience = star.patience(method.name, true, signal);
    using relay = this.#relay;
    const stop = () => {
      // The Star goes on with what has a name when its caller is gone without a word.
      if (this.#goesOn(signal!.reason)) return patience.end(signal!.reason);
      this.#tell({ part: { case: "stop", value: {} } });
      relay?.[Symbol.dispose]();
    };
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const call = { signal: patience.signal };
      const answers = star.caller.bidi(method, this.#outbox, call);
      for await (const answer of star.heard(answers, isBeat, patience)) await this.#take(answer);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#outbox.close();
    }
    if (this.#results === undefined) throw star.blame("news", "no results came");
    return this.#results;
  }

  #goesOn(reason: unknown): boolean {
    const { options: { name, goesOn }, place } = this;
    return name !== undefined && place.kind !== "relay" && goesOn?.(reason) === true;
  }

  /** Before content that waits. What isn't taken before the call ends isn't needed. */
  #tell(request: Request): void {
    this.#outbox.sendFirst(request).catch(() => {});
  }

  #start(): Request {
    const { sources, base, actions, options } = this.request;
    let room = MAX_SEGMENTS_SENT;
    const checkpoints = actions.flatMap((_, index) => {
      const known = this.options.checkpoints?.get(this.from + index);
      if (known === undefined) return [];
      this.#checkpoints.set(index, known);
      const checkpoint = toCheckpoint(known, room);
      room -= checkpoint.segments!.length;
      return [{ index, checkpoint }];
    });
    const value = {
      sources: sources.map((source) => toPath(source, "sources")),
      base: toPath(base, "base"),
      actions: actions.map(toAction),
      options: toActionOptions(options),
      checkpoints,
      paced: this.options.pace !== undefined,
      source: toPlace(this.place),
      name: this.options.name && toWorkName(this.options.name),
    };
    return { part: { case: "start", value } };
  }

  async #take({ news }: TransferResponse): Promise<void> {
    const { blame } = this.star;
    if (this.#results !== undefined) throw blame("news", "something after the results");
    switch (news.case) {
      case "progress":
        return await this.#progress(news.value);
      case "checkpoint":
        return this.#checkpoint(news.value);
      case "results": {
        const count = this.request.actions.length;
        this.#results = fromActionResults(news.value.results, count, blame);
        return;
      }
      case "packCall":
      case "packCredit":
      case "packCancel":
        return this.#passOn(news);
      default:
        throw blame("news", "of an unknown kind");
    }
  }

  /** What is about content that passes through here. */
  #passOn(news: Extract<TransferResponse["news"], { case: `pack${string}` }>): void {
    const relay = this.#relay;
    if (relay === undefined) throw this.star.blame("news", "of content that isn't relayed");
    if (news.case === "packCall") relay.start(news.value);
    else if (news.case === "packCredit") relay.grant(news.value);
    else relay.cancel(news.value);
  }

  async #progress(progress: TransferProgress): Promise<void> {
    const { blame } = this.star;
    const { onBytes, pace, signal } = this.options;
    const written = fromWide(progress.written, "progress.written", blame);
    const verified = fromWide(progress.verified, "progress.verified", blame);
    const asked = fromWide(progress.asked, "progress.asked", blame);
    if (written > 0 || verified > 0) onBytes?.(written, verified);
    if (asked === 0) return;
    if (pace === undefined) throw blame("progress.asked", "of what isn't paced");
    try {
      await abortable(signal, pace(asked));
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
    // When aborted, the Star is told to stop, and what it then says is still listened to.
    if (signal?.aborted) return;
    this.#tell({ part: { case: "granted", value: toWide(asked, "granted") } });
  }

  #checkpoint({ index, checkpoint }: ActionCheckpoint): void {
    const { blame } = this.star;
    if (this.request.actions[index]?.kind !== "copy") throw blame("checkpoint.index", `${index}`);
    const news = fromCheckpoint(checkpoint, blame);
    const whole = joinCheckpoints(this.#checkpoints.get(index), news, blame);
    this.#checkpoints.set(index, whole);
    this.options.onCheckpoint?.(this.from + index, whole);
  }
}

function toPlace(place: ContentPlace): MessageInitShape<typeof TransferStartSchema>["source"] {
  if (place.kind === "relay") return { case: "relay", value: {} };
  return place.kind === "link" ? { case: "link", value: place.link } : undefined;
}

function isBeat({ news }: TransferResponse): boolean {
  if (news.case !== "progress") return false;
  const { written, verified, asked } = news.value;
  return written === 0n && verified === 0n && asked === 0n;
}
