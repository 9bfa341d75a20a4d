/** Calls within one process: everything of a real call but the network. */
import type { Caller } from "./caller.ts";
import type { ByteCall, ExchangeOptions } from "./exchange.ts";
import { methodPath } from "./exchange.ts";
import { createCaller } from "./exchange_caller.ts";
import type { AnyServed, CallContext } from "./handlers.ts";
import { Handover } from "./handover.ts";
import { createRoutes, type Route, unknownMethod } from "./routes.ts";
import { callGone, fromOutcome, toOutcome } from "./status.ts";

/** How the served side sees its callers. */
export interface InProcessOptions {
  /** Default: `in process`. */
  peer?: string;
  /** DER. */
  peerCertificate?: Uint8Array;
}

/**
 * Calls handlers directly. Messages are serialised both ways, so that neither side sees the
 * other's objects; errors arrive as they would from another machine. A handler is held back until
 * its last message is taken, and gets a request when it asks for one.
 */
export function createInProcessCaller(
  served: readonly AnyServed[],
  options: InProcessOptions = {},
): Caller {
  const routes = createRoutes(served);
  return createCaller((method, requests, call) => {
    const path = methodPath(method);
    const route = routes.get(path);
    if (!route) throw fromOutcome(path, toOutcome(unknownMethod(path)));
    return startCall(route, requests, call, options);
  });
}

function startCall(
  route: Route,
  requests: AsyncIterator<Uint8Array>,
  { signal, metadata }: ExchangeOptions,
  { peer = "in process", peerCertificate }: InProcessOptions,
): ByteCall {
  const answers = new Handover<Uint8Array>();
  const cancelled = new AbortController();
  const cancel = () => {
    cancelled.abort(callGone());
    answers.fail(signal.reason);
  };
  signal.addEventListener("abort", cancel, { once: true });
  const context: CallContext = {
    signal: cancelled.signal,
    peer,
    peerCertificate,
    metadata: (name) => Object.hasOwn(metadata, name) ? metadata[name] : undefined,
    end: (error) => cancelled.abort(error),
  };
  route.serve(requests, context, (message) => answers.put(message)).then(
    () => answers.end(),
    (error) => answers.fail(fromOutcome(route.path, toOutcome(error, cancelled.signal))),
  ).finally(() => signal.removeEventListener("abort", cancel));
  return { next: () => answers.take() };
}
