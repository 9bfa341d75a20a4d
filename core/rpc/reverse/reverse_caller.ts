/** Calls to whoever opened a stream to us: the Nucleus's side of calls in reverse. */
import type { DescMethod } from "@bufbuild/protobuf";
import { OrbitError } from "#core/errors.ts";
import type { CallFrame } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { OVER, untilAborted } from "../abort.ts";
import type { Caller } from "../caller.ts";
import { type ByteCall, type ExchangeOptions, methodPath } from "../exchange.ts";
import { createCaller } from "../exchange_caller.ts";
import { MAX_REVERSE_MESSAGE_BYTES, MAX_TIMEOUT_MS } from "../limits.ts";
import { checkMessageSize } from "../messages.ts";
import { fromOutcome, GrpcStatus } from "../status.ts";
import { Credit } from "./credit.ts";
import { costOf, frameOf, INITIAL_CREDIT, MAX_REVERSE_CALLS, type SendFrame } from "./frames.ts";
import { Inbox, Untaken } from "./inbox.ts";
import { type Lane, Lanes } from "./lanes.ts";
import { StaleFrames } from "./stale.ts";

/** The stream that calls go through. */
export interface ReverseStream {
  /** Sends a frame; resolves when there is room for another, rejects when the stream is over. */
  send: SendFrame;
  /**
   * Told once when the other side breaks the rules, or `send` has failed: the stream is of no use
   * any more and must be ended. All calls have failed already.
   */
  broken(error: OrbitError): void;
}

/** A `Caller` over a stream that the other side has opened. */
export interface ReverseCaller extends Caller {
  /** How many calls are going on. */
  readonly calls: number;
  /** Takes a frame that came through the stream. Never throws. */
  receive(frame: CallFrame): void;
  /** The stream is over: all calls fail with `unavailable`, and so do all that follow. */
  end(): void;
}

/**
 * Makes calls through a stream: 256 at once, further ones are `exhausted`. Calls take turns, so
 * that none holds up the others; at most one frame waits in the stream itself.
 */
export function createReverseCaller(stream: ReverseStream): ReverseCaller {
  const calls = new ReverseCalls(stream);
  return {
    ...createCaller((method, requests, options) => calls.start(method, requests, options)),
    get calls() {
      return calls.size;
    },
    receive: (frame) => calls.receive(frame),
    end: () => calls.end(),
  };
}

class ReverseCalls {
  readonly #stream: ReverseStream;
  readonly #lanes: Lanes;
  readonly #calls = new Map<number, ReverseCall>();
  readonly #untaken = new Untaken();
  readonly #stale = new StaleFrames();
  #lastId = 0;
  #over = false;

  constructor(stream: ReverseStream) {
    this.#stream = stream;
    this.#lanes = new Lanes(stream.send, () => this.#break(streamLost()));
  }

  get size(): number {
    return this.#calls.size;
  }

  start(
    method: DescMethod,
    requests: AsyncIterator<Uint8Array>,
    options: ExchangeOptions,
  ): ByteCall {
    if (this.#over) throw streamLost();
    const path = methodPath(method);
    if (this.#calls.size >= MAX_REVERSE_CALLS || this.#lastId >= 2 ** 32 - 1) {
      const message = `call ${path}: ${this.#calls.size} calls are going on already`;
      throw new OrbitError("exhausted", message, { detail: { retryable: true } });
    }
    const id = ++this.#lastId;
    const call = new ReverseCall(id, path, options, this.#lanes.open(), this.#untaken, () => {
      this.#calls.delete(id);
      this.#stale.callEnded();
    });
    this.#calls.set(id, call);
    call.start(requests);
    return call;
  }

  receive({ callId, frame }: CallFrame): void {
    if (this.#over) return;
    if (frame.case === "start" || frame.case === "halfClose" || frame.case === "cancel") {
      return this.#break(new OrbitError("invalid", `frame "${frame.case}": not for this side`));
    }
    const call = this.#calls.get(callId);
    if (call) return call.receive(frame);
    const bytes = frame.case === "message" ? frame.value.length : 0;
    if (callId > 0 && callId <= this.#lastId && this.#stale.mayIgnore(bytes)) return;
    this.#break(new OrbitError("invalid", `frame for call ${callId}: there is no such call`));
  }

  end(): void {
    this.#over = true;
    this.#lanes.close();
    for (const call of this.#calls.values()) call.lose(streamLost());
  }

  #break(error: OrbitError): void {
    if (this.#over) return;
    this.end();
    this.#stream.broken(error);
  }
}

class ReverseCall implements ByteCall {
  readonly #id: number;
  readonly #path: string;
  readonly #options: ExchangeOptions;
  readonly #lane: Lane;
  readonly #inbox: Inbox;
  readonly #ended: () => void;
  readonly #credit = new Credit(INITIAL_CREDIT);
  readonly #over = new AbortController();
  readonly #abort = () => this.#giveUp(this.#options.signal.reason);

  constructor(
    id: number,
    path: string,
    options: ExchangeOptions,
    lane: Lane,
    untaken: Untaken,
    ended: () => void,
  ) {
    this.#id = id;
    this.#path = path;
    this.#options = options;
    this.#lane = lane;
    this.#ended = ended;
    this.#inbox = new Inbox(untaken, (credit) => {
      this.#lane.post(frameOf(id, { case: "credit", value: credit }));
    });
  }

  start(requests: AsyncIterator<Uint8Array>): void {
    const { signal, timeoutMs = MAX_TIMEOUT_MS, metadata } = this.#options;
    signal.addEventListener("abort", this.#abort, { once: true });
    const limit = timeoutMs < MAX_TIMEOUT_MS ? Math.max(1, Math.ceil(timeoutMs)) : 0;
    this.#lane.post(frameOf(this.#id, {
      case: "start",
      value: { method: this.#path, timeoutMs: limit, credit: INITIAL_CREDIT, metadata },
    }));
    this.#sendAll(requests).catch((error) => this.#giveUp(error));
  }

  next(): Promise<Uint8Array | undefined> {
    return this.#inbox.take();
  }

  receive(frame: CallFrame["frame"]): void {
    try {
      if (frame.case === "message") this.#inbox.put(frame.value);
      else if (frame.case === "credit") this.#credit.add(frame.value);
      else if (frame.case === "end") this.#finish(frame.value);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** The stream is gone. */
  lose(error: OrbitError): void {
    if (this.#close()) this.#inbox.fail(error);
  }

  #finish({ status, message, problem }: Extract<CallFrame["frame"], { case: "end" }>["value"]) {
    if (!this.#close()) return;
    this.#lane.clear();
    if (status === GrpcStatus.OK) this.#inbox.end();
    else this.#inbox.end(fromOutcome(this.#path, { status, message, problem }));
  }

  #giveUp(error: unknown): void {
    if (!this.#close()) return;
    this.#inbox.fail(error);
    const unknown = this.#lane.clear();
    if (!unknown) this.#lane.post(frameOf(this.#id, { case: "cancel", value: {} }));
  }

  #close(): boolean {
    if (this.#over.signal.aborted) return false;
    this.#over.abort(OVER);
    this.#options.signal.removeEventListener("abort", this.#abort);
    this.#ended();
    return true;
  }

  async #sendAll(requests: AsyncIterator<Uint8Array>): Promise<void> {
    const over = this.#over.signal;
    for (;;) {
      const room = this.#credit.available();
      if (room) await untilAborted(room, over);
      const { done, value } = await untilAborted(requests.next(), over);
      if (done) return this.#lane.post(frameOf(this.#id, { case: "halfClose", value: {} }));
      checkMessageSize(value.length, MAX_REVERSE_MESSAGE_BYTES);
      this.#credit.spend(costOf(value));
      const sent = this.#lane.send(frameOf(this.#id, { case: "message", value }));
      await untilAborted(sent, over);
    }
  }
}

function streamLost(): OrbitError {
  return new OrbitError("unavailable", "the control stream is over", {
    detail: { retryable: true },
  });
}
