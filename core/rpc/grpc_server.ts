/** Serves calls over connections that are handed in: plain ones, or those of a `TlsPort`. */
import { Buffer } from "node:buffer";
import { Server, ServerCredentials, ServerInterceptingCall } from "@grpc/grpc-js";
import type { Socket } from "node:net";
import { type Logger, silentLogger } from "#core/log/mod.ts";
import { GrpcServedCall } from "./grpc_served_call.ts";
import type { AnyServed } from "./handlers.ts";
import { guardHttp2 } from "./http2_guard.ts";
import { KEEPALIVE_MS, KEEPALIVE_TIMEOUT_MS, MAX_MESSAGE_BYTES } from "./limits.ts";
import { widenWindows } from "./http2_window.ts";
import { createRoutes } from "./routes.ts";

/** The bounds of a server. */
export interface GrpcServerOptions {
  /** Calls at once through one connection; 128 when left out. */
  maxCallsPerConnection?: number;
  /** Calls at once in all; further ones are `exhausted`. 4,096 when left out. */
  maxCalls?: number;
  /** Milliseconds after which a connection without calls is ended; 5 minutes when left out. */
  maxConnectionIdleMs?: number;
  /** Milliseconds after which a connection gets no new calls; without end when left out. */
  maxConnectionAgeMs?: number;
  /** Gets the errors that handlers shouldn't throw; the caller learns nothing of their text. */
  log?: Logger;
}

/** A server without a port of its own. */
export interface GrpcServer extends AsyncDisposable {
  /** Serves a connection: a TCP socket, or a TLS socket whose handshake is done. */
  inject(socket: Socket): void;
  /** How many calls are being served. */
  readonly calls: number;
  /**
   * Takes no new calls, and resolves when those being served have ended: by themselves, or by
   * force after `graceMs`. All connections are closed then.
   */
  drain(graceMs: number): Promise<void>;
  /** Ends all calls with `unavailable`, and all connections. */
  close(): void;
}

/** Serves services; every call is admitted or refused before its handler sees any of it. */
export function createGrpcServer(
  served: readonly AnyServed[],
  options: GrpcServerOptions = {},
): GrpcServer {
  guardHttp2();
  return new InjectedServer(served, options);
}

const asIs = (bytes: Buffer) => bytes;

class InjectedServer implements GrpcServer {
  readonly #server: Server;
  readonly #injector: { injectConnection(socket: Socket): void };
  readonly #calls = new Set<GrpcServedCall>();
  readonly #sockets = new Set<Socket>();
  #gone: () => void = () => {};
  #draining = false;

  constructor(served: readonly AnyServed[], options: GrpcServerOptions) {
    const { maxCalls = 4096, log = silentLogger } = options;
    const routes = createRoutes(served);
    this.#server = new Server({
      "grpc.max_concurrent_streams": options.maxCallsPerConnection ?? 128,
      "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
      "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
      "grpc.keepalive_time_ms": KEEPALIVE_MS,
      "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
      "grpc.max_connection_idle_ms": options.maxConnectionIdleMs ?? 300_000,
      ...options.maxConnectionAgeMs === undefined
        ? {}
        : { "grpc.max_connection_age_ms": options.maxConnectionAgeMs },
      "grpc.enable_channelz": 0,
      interceptors: [({ path }, call) => {
        const room = !this.#draining && this.#calls.size < maxCalls;
        const served: GrpcServedCall = new GrpcServedCall(routes.get(path)!, call, {
          refused: room ? undefined : this.#draining ? "draining" : "full",
          log,
          ended: () => this.#calls.delete(served),
        });
        this.#calls.add(served);
        served.start();
        // grpc-js's own handlers never run: the call is served right here, where it can be read
        // message by message instead of sixteen ahead.
        return new ServerInterceptingCall(call, { start: () => {} });
      }],
    });
    for (const path of routes.keys()) {
      this.#server.register(path, () => {}, asIs, asIs, "bidi");
    }
    const widen = widenWindows(this.#server);
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    widen();
  }

  get calls(): number {
    return this.#calls.size;
  }

  inject(socket: Socket): void {
    if (this.#draining) return void socket.destroy();
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#gone();
    });
    socket.on("error", () => {});
    this.#injector.injectConnection(socket);
  }

  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    const gone = Promise.withResolvers<void>();
    const timer = setTimeout(gone.resolve, graceMs);
    this.#gone = gone.resolve;
    if (this.#sockets.size === 0) gone.resolve();
    // Connections end when their last call has, and its last words have been written. The callback
    // comes too early to wait for.
    this.#server.tryShutdown(() => {});
    await gone.promise;
    clearTimeout(timer);
    this.close();
  }

  close(): void {
    this.#draining = true;
    for (const call of this.#calls) call.shutDown();
    this.#server.forceShutdown();
    for (const socket of this.#sockets) socket.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}
