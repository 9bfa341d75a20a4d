/** What serves calls, as bytes: the serving side of `exchange.ts`. */
import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import { OrbitError } from "#core/errors.ts";
import { abandon, untilAborted } from "./abort.ts";
import { methodPath } from "./exchange.ts";
import type { AnyServed, CallContext } from "./handlers.ts";
import { decodeMessage, encodeMessage } from "./messages.ts";

/** One method with what answers it. */
export interface Route {
  readonly method: DescMethod;
  /** As gRPC names it. */
  readonly path: string;
  /**
   * Answers one call; resolves when the call has ended well, and rejects with what it fails with:
   * at once with the reason when `context.signal` aborts. `send` resolves when there is room for
   * more; nothing is sent after this has settled.
   */
  serve(
    requests: AsyncIterator<Uint8Array>,
    context: CallContext,
    send: (message: Uint8Array) => void | Promise<void>,
  ): Promise<void>;
}

// deno-lint-ignore no-explicit-any
type AnyHandler = (request: any, context: CallContext) => any;

/** The routes of services by the methods' paths. @throws invalid when a service is there twice */
export function createRoutes(served: readonly AnyServed[]): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  for (const one of served) {
    for (const method of one.service.methods) {
      const path = methodPath(method);
      if (routes.has(path)) throw new OrbitError("invalid", `serve ${path}: already served`);
      routes.set(path, createRoute(one, method, path));
    }
  }
  return routes;
}

/** What a call of an unknown method fails with. */
export function unknownMethod(path: string): OrbitError {
  return new OrbitError(
    "unsupported",
    `call ${JSON.stringify(path.slice(0, 200))}: no such method`,
  );
}

function createRoute(served: AnyServed, method: DescMethod, path: string): Route {
  const handlers = served.handlers as Record<string, AnyHandler | undefined>;
  const streamsIn = method.methodKind === "client_streaming" ||
    method.methodKind === "bidi_streaming";
  const streamsOut = method.methodKind === "server_streaming" ||
    method.methodKind === "bidi_streaming";
  return {
    method,
    path,
    async serve(requests, context, send) {
      const { signal } = context;
      signal.throwIfAborted();
      served.admit?.(method.name, context);
      const handle = handlers[method.localName]?.bind(handlers);
      if (!handle) throw new OrbitError("unsupported", `call ${path}: not served here`);
      const input = streamsIn
        ? decoded(method.input, requests, signal)
        : await single(method, requests, signal);
      signal.throwIfAborted();
      const output = handle(input, context);
      if (streamsOut) return await sendAll(method.output, output, signal, send);
      const answer = await untilAborted(Promise.resolve(output), signal);
      await send(encodeMessage(method.output, answer as MessageInitShape<DescMessage>));
    },
  };
}

/** The one request of a method that takes one. @throws invalid */
async function single(
  method: DescMethod,
  requests: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<unknown> {
  const first = await untilAborted(requests.next(), signal);
  if (first.done) throw new OrbitError("invalid", `call ${methodPath(method)}: no request came`);
  const request = decodeMessage(method.input, first.value, "invalid");
  const second = await untilAborted(requests.next(), signal);
  if (second.done) return request;
  throw new OrbitError("invalid", `call ${methodPath(method)}: more than one request came`);
}

/** Requests for a handler that takes many; they can be read once. */
function decoded(
  input: DescMessage,
  requests: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): AsyncIterableIterator<unknown> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: async () => {
      const { done, value } = await untilAborted(requests.next(), signal);
      if (done) return { done, value: undefined };
      return { done: false, value: decodeMessage(input, value, "invalid") };
    },
    return: () => {
      abandon(requests);
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

async function sendAll(
  output: DescMessage,
  answers: AsyncIterable<MessageInitShape<DescMessage>>,
  signal: AbortSignal,
  send: (message: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const iterator = answers[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await untilAborted(iterator.next(), signal);
      if (done) return;
      const room = send(encodeMessage(output, value));
      if (room) await untilAborted(room, signal);
    }
  } catch (error) {
    abandon(iterator);
    throw error;
  }
}
