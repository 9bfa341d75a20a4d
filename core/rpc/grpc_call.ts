/**
 * One call through a gRPC channel. It stands on the channel itself rather than on grpc-js's
 * streams, which read sixteen messages ahead.
 */
import { Buffer } from "node:buffer";
import { type Channel, Metadata, type StatusObject } from "@grpc/grpc-js";
import type { DescMethod } from "@bufbuild/protobuf";
import type { OrbitError } from "#core/errors.ts";
import { OVER, untilAborted } from "./abort.ts";
import { type ByteCall, type ExchangeOptions, methodPath } from "./exchange.ts";
import { fromTrailers } from "./grpc_trailers.ts";
import { Handover } from "./handover.ts";
import { MAX_TIMEOUT_MS } from "./limits.ts";
import { fromOutcome, GrpcStatus } from "./status.ts";

/** What a call tells its channel's owner, and asks of it. */
export interface CallOwner {
  ended(): void;
  /** Why the channel refuses its server. */
  refusal(): OrbitError | undefined;
}

/** One call; lets go of everything when it has ended or its signal has aborted. */
export class GrpcCall implements ByteCall {
  readonly #call: ReturnType<Channel["createCall"]>;
  readonly #path: string;
  readonly #signal: AbortSignal;
  readonly #owner: CallOwner;
  readonly #answers = new Handover<Uint8Array>();
  readonly #over = new AbortController();
  readonly #abort = () => this.end(this.#signal.reason);

  constructor(
    channel: Channel,
    method: DescMethod,
    requests: AsyncIterator<Uint8Array>,
    options: ExchangeOptions,
    owner: CallOwner,
  ) {
    const { signal, timeoutMs = MAX_TIMEOUT_MS, metadata } = options;
    this.#path = methodPath(method);
    this.#signal = signal;
    this.#owner = owner;
    const deadline = timeoutMs < MAX_TIMEOUT_MS ? Date.now() + Math.max(0, timeoutMs) : Infinity;
    this.#call = channel.createCall(this.#path, deadline, null, null, null);
    const sent = new Metadata();
    for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
    this.#call.start(sent, {
      onReceiveMetadata: () => {},
      onReceiveMessage: (message) => void this.#answers.put(message).catch(() => {}),
      onReceiveStatus: (status) => this.#finish(status),
    });
    signal.addEventListener("abort", this.#abort, { once: true });
    const many = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
    (many ? this.#sendAll(requests) : this.#sendOne(requests)).catch(() => {
      // What stops the requests ends the call in its own way.
    });
  }

  next(): Promise<Uint8Array | undefined> {
    const next = this.#answers.take();
    if (!this.#over.signal.aborted) this.#call.startRead();
    return next;
  }

  /** Ends the call on this side, with this error. */
  end(error: unknown): void {
    if (!this.#close()) return;
    this.#answers.fail(error);
    this.#call.cancelWithStatus(GrpcStatus.CANCELLED, "given up");
  }

  #finish(status: StatusObject): void {
    if (!this.#close()) return;
    const outcome = fromTrailers(status);
    if (outcome.status === GrpcStatus.OK) return this.#answers.end();
    const refusal = outcome.status === GrpcStatus.UNAVAILABLE ? this.#owner.refusal() : undefined;
    this.#answers.fail(refusal ?? fromOutcome(this.#path, outcome));
  }

  /** Whether the call wasn't over before. */
  #close(): boolean {
    if (this.#over.signal.aborted) return false;
    this.#over.abort(OVER);
    this.#signal.removeEventListener("abort", this.#abort);
    this.#owner.ended();
    return true;
  }

  async #sendOne(requests: AsyncIterator<Uint8Array>): Promise<void> {
    const { done, value } = await untilAborted(requests.next(), this.#over.signal);
    if (!done) this.#call.sendMessageWithContext({}, asBuffer(value));
    this.#call.halfClose();
  }

  /** One message at a time: the channel has room for no more before it is connected. */
  async #sendAll(requests: AsyncIterator<Uint8Array>): Promise<void> {
    for (;;) {
      const { done, value } = await untilAborted(requests.next(), this.#over.signal);
      if (done) return this.#call.halfClose();
      const taken = Promise.withResolvers<void>();
      this.#call.sendMessageWithContext({ callback: () => taken.resolve() }, asBuffer(value));
      await untilAborted(taken.promise, this.#over.signal);
    }
  }
}

/** The same bytes as grpc-js wants them. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
