/** Calls through a gRPC channel of our own: one connection to one server. */
import { Channel, connectivityState, credentials } from "@grpc/grpc-js";
import { isIP } from "node:net";
import { OrbitError } from "#core/errors.ts";
import type { Caller } from "./caller.ts";
import { createCaller } from "./exchange_caller.ts";
import { GrpcCall } from "./grpc_call.ts";
import { guardHttp2 } from "./http2_guard.ts";
import { KEEPALIVE_MS, KEEPALIVE_TIMEOUT_MS, MAX_MESSAGE_BYTES } from "./limits.ts";
import { HTTP2_WINDOW_BYTES } from "./http2_window.ts";
import { type ClientTls, ServerCheck } from "./server_check.ts";

/** How to reach a server. */
export interface GrpcCallerOptions {
  /** HOST:PORT; an IPv6 address in brackets. */
  address: string;
  /** TLS 1.3; null for plaintext, to this machine itself only. */
  tls: ClientTls | null;
  /**
   * How long to wait between attempts to connect, growing from `minMs` to `maxMs`; 1 s to 60 s
   * when left out. Calls made meanwhile fail at once.
   */
  reconnect?: { minMs: number; maxMs: number };
}

/** What a channel is doing. */
export type ChannelState = "idle" | "connecting" | "ready" | "failing" | "closed";

/** A `Caller` with a connection of its own. */
export interface GrpcCaller extends Caller, AsyncDisposable {
  readonly state: ChannelState;
  /** Ends all calls with `unavailable`, and the connection. */
  close(): void;
}

const STATES: Record<connectivityState, ChannelState> = {
  [connectivityState.IDLE]: "idle",
  [connectivityState.CONNECTING]: "connecting",
  [connectivityState.READY]: "ready",
  [connectivityState.TRANSIENT_FAILURE]: "failing",
  [connectivityState.SHUTDOWN]: "closed",
};

/**
 * Opens a channel; connects when the first call is made, and again when the connection was lost.
 * A lost connection is noticed within 13 s.
 *
 * Calls fail with `unavailable` while the server can't be reached, and with `denied` while what is
 * reached isn't the server that it has to be.
 *
 * @throws {OrbitError} `invalid` for an address or certificates that can't be, `denied` for
 * plaintext to another machine.
 */
export function openGrpcCaller(options: GrpcCallerOptions): GrpcCaller {
  const { address, tls, reconnect = { minMs: 1000, maxMs: 60_000 } } = options;
  const { host, target } = parseAddress(address);
  if (!tls && !isLoopback(host)) {
    throw new OrbitError("denied", `connect ${address}: plaintext is for this machine itself only`);
  }
  guardHttp2();
  const check = tls ? new ServerCheck(address, host, tls) : undefined;
  const channel = new Channel(target, check?.credentials ?? credentials.createInsecure(), {
    ...CHANNEL_OPTIONS,
    "grpc.initial_reconnect_backoff_ms": reconnect.minMs,
    "grpc.max_reconnect_backoff_ms": reconnect.maxMs,
    ...check?.options,
  });
  const calls = new Set<GrpcCall>();
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    for (const call of calls) call.end(closedError(address));
    channel.close();
  };
  const caller = createCaller((method, requests, call) => {
    if (closed) throw closedError(address);
    const started = new GrpcCall(channel, method, requests, call, {
      refusal: () => check?.refusal,
      ended: () => calls.delete(started),
    });
    calls.add(started);
    return started;
  });
  return {
    ...caller,
    get state() {
      return closed ? "closed" : STATES[channel.getConnectivityState(false)];
    },
    close,
    [Symbol.asyncDispose]: () => Promise.resolve(close()),
  };
}

const CHANNEL_OPTIONS = {
  "grpc.keepalive_time_ms": KEEPALIVE_MS,
  "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc-node.flow_control_window": HTTP2_WINDOW_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  // Nothing from the environment or the DNS decides where calls go.
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  // Repeating is decided above, where it is known what may be repeated. The buffers would hold
  // requests that the other side hasn't taken.
  "grpc.enable_retries": 0,
  "grpc.retry_buffer_size": 0,
  "grpc.per_rpc_retry_buffer_size": 0,
  // A channel's connection is its own, and ends with it.
  "grpc.use_local_subchannel_pool": 1,
  "grpc.enable_channelz": 0,
};

function closedError(address: string): OrbitError {
  return new OrbitError("unavailable", `call ${address}: this side has closed the connection`);
}

/** @throws invalid */
function parseAddress(address: string): { host: string; target: string } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(address);
  const [, v6, name, digits] = match ?? [];
  const port = Number(digits);
  if (!match || port < 1 || port > 65535 || (v6 !== undefined && isIP(v6) !== 6)) {
    throw new OrbitError("invalid", `connect ${JSON.stringify(address)}: not HOST:PORT`);
  }
  return { host: v6 ?? name, target: `dns:${address}` };
}

/** Whether a host is this machine itself. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
