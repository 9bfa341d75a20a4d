/** A `Caller` over any transport: messages, kinds of methods, deadlines and errors. */
import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { OrbitError, toOrbitError } from "#core/errors.ts";
import { abandon, OVER } from "./abort.ts";
import { CallScope } from "./call_scope.ts";
import type { Caller, RpcOptions } from "./caller.ts";
import { type ByteCall, type Exchange, methodPath } from "./exchange.ts";
import { decodeMessage, encodeMessage } from "./messages.ts";
import { checkMetadata } from "./metadata.ts";

/** Makes the four kinds of calls over a transport that can make one kind. */
export function createCaller(exchange: Exchange): Caller {
  const open = <I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { input: I; output: O },
    requests: AsyncIterable<MessageInitShape<I>>,
    options: RpcOptions = {},
  ) => new OpenCall<I, O>(exchange, method, requests[Symbol.asyncIterator](), options);

  return {
    unary: (method, request, options) => open(method, only(request), options).single(),
    clientStream: (method, requests, options) => open(method, requests, options).single(),
    serverStream: (method, request, options) =>
      new Answers(() => open(method, only(request), options)),
    bidi: (method, requests, options) => new Answers(() => open(method, requests, options)),
  } satisfies Caller;
}

/** One call from its start to its end. */
class OpenCall<I extends DescMessage, O extends DescMessage> {
  readonly #method: DescMethod & { input: I; output: O };
  readonly #requests: AsyncIterator<MessageInitShape<I>>;
  readonly #scope: CallScope;
  readonly #call: ByteCall;

  constructor(
    exchange: Exchange,
    method: DescMethod & { input: I; output: O },
    requests: AsyncIterator<MessageInitShape<I>>,
    options: RpcOptions,
  ) {
    const { signal, timeoutMs, metadata = {} } = options;
    this.#method = method;
    this.#requests = requests;
    this.#scope = new CallScope(methodPath(method), { signal, timeoutMs });
    try {
      checkMetadata(metadata);
      this.#scope.signal.throwIfAborted();
      this.#call = exchange(method, this.#encoded(), {
        signal: this.#scope.signal,
        timeoutMs,
        metadata,
      });
    } catch (error) {
      this.#call = { next: () => Promise.reject(error) };
    }
  }

  /** The next message, undefined at the end; the call is closed when this is or throws the end. */
  async next(): Promise<MessageShape<O> | undefined> {
    try {
      const bytes = await this.#call.next();
      if (bytes !== undefined) return decodeMessage(this.#method.output, bytes, "corrupt");
      this.#close();
      return undefined;
    } catch (error) {
      const { signal } = this.#scope;
      const thrown = signal.aborted ? signal.reason : toOrbitError(error);
      this.cancel(thrown);
      throw thrown;
    }
  }

  /** The one message of an answer that has just one. */
  async single(): Promise<MessageShape<O>> {
    const answer = await this.next();
    if (answer === undefined) throw this.#violation("no answer came");
    if (await this.next() === undefined) return answer;
    const error = this.#violation("more than one answer came");
    this.cancel(error);
    throw error;
  }

  /** Gives the call up; does nothing when it's over. */
  cancel(reason: unknown): void {
    this.#scope.abort(reason);
    this.#close();
  }

  #close(): void {
    this.#scope.close();
    abandon(this.#requests);
  }

  #violation(what: string): OrbitError {
    return new OrbitError("corrupt", `call ${methodPath(this.#method)}: ${what}`);
  }

  /** Requests as bytes; an error of the one who makes them ends the call with just that error. */
  #encoded(): AsyncIterator<Uint8Array> {
    return {
      next: async () => {
        try {
          const { done, value } = await this.#requests.next();
          if (done) return { done: true, value: undefined };
          return { done: false, value: encodeMessage(this.#method.input, value) };
        } catch (error) {
          this.cancel(error);
          throw error;
        }
      },
    };
  }
}

/** Ends the calls of answers that nobody can take any more, because nobody holds them. */
const forgotten = new FinalizationRegistry<{ cancel(reason: unknown): void }>((call) => {
  call.cancel(OVER);
});

/** The answers of a call that starts when the first one is asked for. */
class Answers<I extends DescMessage, O extends DescMessage>
  implements AsyncIterableIterator<MessageShape<O>> {
  #start: (() => OpenCall<I, O>) | undefined;
  #call: OpenCall<I, O> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(start: () => OpenCall<I, O>) {
    this.#start = start;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<MessageShape<O>>> {
    const turn = this.#turn.then(() => this.#next());
    this.#turn = turn.catch(() => {});
    return turn;
  }

  return(): Promise<IteratorResult<MessageShape<O>>> {
    this.#start = undefined;
    this.#call?.cancel(OVER);
    this.#letGo();
    return Promise.resolve({ done: true, value: undefined });
  }

  async #next(): Promise<IteratorResult<MessageShape<O>>> {
    const start = this.#start;
    this.#start = undefined;
    if (start) {
      this.#call = start();
      forgotten.register(this, this.#call, this);
    }
    const call = this.#call;
    if (call === undefined) return { done: true, value: undefined };
    try {
      const value = await call.next();
      if (value !== undefined) return { done: false, value };
    } catch (error) {
      if (this.#call !== call) return { done: true, value: undefined };
      this.#letGo();
      throw error;
    }
    this.#letGo();
    return { done: true, value: undefined };
  }

  #letGo(): void {
    this.#call = undefined;
    forgotten.unregister(this);
  }
}

async function* only<T>(value: T): AsyncGenerator<T> {
  yield value;
}
