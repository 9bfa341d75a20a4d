/** One call that a gRPC server answers. */
import { Buffer } from "node:buffer";
import type { Metadata, ServerInterceptingCallInterface } from "@grpc/grpc-js";
import { formatAddress } from "#core/config/addresses.ts";
import { plainIp } from "#core/config/ip_address.ts";
import { OrbitError } from "#core/errors.ts";
import type { Logger } from "#core/log/mod.ts";
import { untilAborted } from "./abort.ts";
import { deadlinePassed } from "./call_scope.ts";
import { toTrailers } from "./grpc_trailers.ts";
import type { CallContext } from "./handlers.ts";
import { Handover } from "./handover.ts";
import { MAX_METADATA_BYTES, MAX_TIMEOUT_MS } from "./limits.ts";
import type { Route } from "./routes.ts";
import { callGone, isUnforeseen, SUCCEEDED, toOutcome } from "./status.ts";

/** What a call tells its server, and learns from it. */
export interface ServedCallOwner {
  /** Why the call must not be served; undefined when it may. */
  refused: "full" | "draining" | undefined;
  log: Logger;
  ended(): unknown;
}

/** Answers the call by its route; tells its owner once when it's over. */
export class GrpcServedCall {
  readonly #route: Route;
  readonly #call: ServerInterceptingCallInterface;
  readonly #owner: ServedCallOwner;
  readonly #requests = new Handover<Uint8Array>();
  readonly #gone = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(route: Route, call: ServerInterceptingCallInterface, owner: ServedCallOwner) {
    this.#route = route;
    this.#call = call;
    this.#owner = owner;
  }

  start(): void {
    this.#call.start({
      onReceiveMetadata: (metadata) => void this.#serve(metadata),
      onReceiveMessage: (message) => void this.#requests.put(message).catch(() => {}),
      onReceiveHalfClose: () => this.#requests.end(),
      onCancel: () => this.#abort(callGone()),
    });
  }

  /** Ends the call because the server closes. */
  shutDown(): void {
    this.#abort(closing());
  }

  #abort(reason: unknown): void {
    if (this.#over) return;
    this.#gone.abort(reason);
    this.#requests.fail(reason);
  }

  async #serve(metadata: Metadata): Promise<void> {
    const { path } = this.#route;
    const { signal } = this.#gone;
    try {
      this.#limitTime();
      if (this.#owner.refused === "draining") throw closing();
      if (this.#owner.refused) throw new OrbitError("exhausted", `call ${path}: too many calls`);
      requireSmall(metadata);
      const send = (message: Uint8Array) => untilAborted(this.#send(message), signal);
      await this.#route.serve(this.#requestIterator(), this.#context(metadata), send);
      this.#end(toTrailers(SUCCEEDED));
    } catch (error) {
      if (isUnforeseen(error) && error !== signal.reason) {
        this.#owner.log.error("call failed unexpectedly", { method: path, error });
      }
      this.#end(toTrailers(toOutcome(error, signal)));
    }
  }

  #end(status: ReturnType<typeof toTrailers>): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#call.sendStatus(status);
    this.#owner.ended();
  }

  #send(message: Uint8Array): Promise<void> {
    const { buffer, byteOffset, byteLength } = message;
    const taken = Promise.withResolvers<void>();
    this.#call.sendMessage(Buffer.from(buffer, byteOffset, byteLength), () => taken.resolve());
    return taken.promise;
  }

  /** grpc-js answers for a passed deadline too, but tells nobody while the answer can't be sent. */
  #limitTime(): void {
    const timeoutMs = Number(this.#call.getDeadline()) - Date.now();
    if (!(timeoutMs < MAX_TIMEOUT_MS)) return;
    const pass = () => this.#abort(deadlinePassed(this.#route.path, Math.round(timeoutMs)));
    this.#timer = setTimeout(pass, Math.max(0, timeoutMs));
  }

  #requestIterator(): AsyncIterator<Uint8Array> {
    return {
      next: async () => {
        const next = this.#requests.take();
        this.#call.startRead();
        const value = await next;
        return value === undefined ? { done: true, value } : { done: false, value };
      },
    };
  }

  #context(metadata: Metadata): CallContext {
    const call = this.#call;
    let certificate: Uint8Array | null | undefined = null;
    return {
      signal: this.#gone.signal,
      peer: peerText(call.getPeer()),
      get peerCertificate() {
        if (certificate === null) certificate = call.getAuthContext().sslPeerCertificate?.raw;
        return certificate;
      },
      end: (error) => this.#abort(error),
      metadata(name) {
        const [value] = name.endsWith("-bin") ? [] : metadata.get(name);
        return typeof value === "string" ? value : undefined;
      },
    };
  }
}

function closing(): OrbitError {
  return new OrbitError("unavailable", "the other side is closing", {
    detail: { retryable: true },
  });
}

/** @throws exhausted */
function requireSmall(metadata: Metadata): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(metadata.toHttp2Headers())) {
    for (const one of Array.isArray(value) ? value : [value]) {
      bytes += name.length + `${one}`.length;
    }
  }
  // What gRPC itself adds, such as the name of the client's library, has room of its own.
  if (bytes <= 2 * MAX_METADATA_BYTES) return;
  throw new OrbitError("exhausted", `metadata of ${bytes} bytes: more than is taken`);
}

/** `ADDRESS:PORT` as grpc-js writes it, with an IPv6 address in brackets and an IPv4 one as such. */
function peerText(peer: string): string {
  const [, host = "", port] = /^(.*):(\d+)$/.exec(peer) ?? [];
  const ip = plainIp(host);
  return ip === undefined ? peer : formatAddress({ host: ip, port: Number(port) });
}
