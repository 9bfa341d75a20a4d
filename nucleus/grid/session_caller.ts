/**
 * Calls within a session: a handshake before the first call, one for any number of callers that
 * wait for it, and another when the session has ended or its time is nearly over.
 */
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { untilAborted } from "#core/rpc/abort.ts";
import type { Caller, MethodOf, RpcOptions } from "#core/rpc/mod.ts";

/** A session that a Star opened. */
export interface Session {
  readonly id: string;
  /** By the clock's `elapsed`; it isn't used after that. */
  readonly endsAt: number;
}

/** A `Caller` whose calls carry a session. */
export class SessionCaller implements Caller {
  readonly #caller: Caller;
  readonly #clock: Clock;
  readonly #handshake: () => Promise<Session>;
  #session: Promise<Session> | undefined;
  /** Of the session that is open. */
  #id: string | undefined;

  /** @param handshake Opens a session over the same caller. */
  constructor(caller: Caller, clock: Clock, handshake: () => Promise<Session>) {
    this.#caller = caller;
    this.#clock = clock;
    this.#handshake = handshake;
  }

  /** Resolves when there is a session. */
  async ready(signal: AbortSignal): Promise<void> {
    await untilAborted(this.#open(), signal);
  }

  async unary<I extends DescMessage, O extends DescMessage>(
    method: MethodOf<"unary", I, O>,
    request: MessageInitShape<I>,
    options: RpcOptions = {},
  ): Promise<MessageShape<O>> {
    const session = await this.#use(options);
    try {
      return await this.#caller.unary(method, request, session.options);
    } catch (error) {
      if (!this.#isOver(error, session.id)) throw error;
      const next = await this.#use(options);
      return await this.#caller.unary(method, request, next.options);
    }
  }

  async *serverStream<I extends DescMessage, O extends DescMessage>(
    method: MethodOf<"server_streaming", I, O>,
    request: MessageInitShape<I>,
    options: RpcOptions = {},
  ): AsyncGenerator<MessageShape<O>> {
    const session = await this.#use(options);
    let started = false;
    try {
      for await (const message of this.#caller.serverStream(method, request, session.options)) {
        started = true;
        yield message;
      }
    } catch (error) {
      if (started || !this.#isOver(error, session.id)) throw error;
      const next = await this.#use(options);
      yield* this.#caller.serverStream(method, request, next.options);
    }
  }

  /** What was sent can't be sent again, so this fails with `unavailable` if the session is over. */
  async clientStream<I extends DescMessage, O extends DescMessage>(
    method: MethodOf<"client_streaming", I, O>,
    requests: AsyncIterable<MessageInitShape<I>>,
    options: RpcOptions = {},
  ): Promise<MessageShape<O>> {
    const session = await this.#use(options);
    try {
      return await this.#caller.clientStream(method, requests, session.options);
    } catch (error) {
      throw this.#isOver(error, session.id) ? sessionEnded(error) : error;
    }
  }

  /** As {@linkcode clientStream}. */
  async *bidi<I extends DescMessage, O extends DescMessage>(
    method: MethodOf<"bidi_streaming", I, O>,
    requests: AsyncIterable<MessageInitShape<I>>,
    options: RpcOptions = {},
  ): AsyncGenerator<MessageShape<O>> {
    const session = await this.#use(options);
    try {
      yield* this.#caller.bidi(method, requests, session.options);
    } catch (error) {
      throw this.#isOver(error, session.id) ? sessionEnded(error) : error;
    }
  }

  async #use(options: RpcOptions): Promise<{ id: string; options: RpcOptions }> {
    const opening = this.#open();
    const { id } = await (options.signal ? untilAborted(opening, options.signal) : opening);
    const metadata = { ...options.metadata, "x-orbit-session": id };
    return { id, options: { ...options, metadata } };
  }

  async #open(): Promise<Session> {
    // The first may have ended long ago; a Star whose next one is over at once is no use.
    for (let sessions = 0; sessions < 2; sessions++) {
      const session = this.#session ??= this.#handshake();
      try {
        const { id, endsAt } = await session;
        if (this.#session === session) this.#id = id;
        if (this.#clock.elapsed() < endsAt) return session;
      } catch (error) {
        if (this.#session === session) this.#session = undefined;
        throw error;
      }
      if (this.#session === session) this.#session = undefined;
    }
    throw new OrbitError("denied", "handshake: the Star opens sessions that are over at once");
  }

  /**
   * Whether a call failed for want of a session; the next one opens another then. So it does when
   * the Star wasn't reached: the handshake finds out whether it is there.
   */
  #isOver(error: unknown, id: string): boolean {
    const code = error instanceof OrbitError ? error.code : undefined;
    if (code !== "unauthenticated" && code !== "unavailable") return false;
    if (this.#id === id) this.#session = this.#id = undefined;
    return code === "unauthenticated";
  }
}

function sessionEnded(cause: unknown): OrbitError {
  return new OrbitError("unavailable", "the session with the Star has ended", {
    cause,
    detail: { retryable: true },
  });
}
