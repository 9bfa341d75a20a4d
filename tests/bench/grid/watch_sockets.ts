/**
 * Loaded into a Nucleus before its own code: times heartbeats where they come in and go out, at the
 * TLS sockets, so that HTTP/2, gRPC, the checks and the registry are all in the figure.
 *
 * A figure runs from the moment that a heartbeat's deciphered frame reaches the process's socket to
 * the moment that its acknowledgement is written to the same socket. How long the process was busy
 * before it read the frame is told apart, by timers that fire late.
 *
 * SIGUSR2 writes what came since the last one to the file that ORBIT_BENCH_REPORT names.
 */
import { TLSSocket } from "node:tls";

/** What is reported. */
export interface HeartbeatReport {
  /** Milliseconds each. */
  heartbeats: number[];
  /** By how many milliseconds timers of 5 ms fired late. */
  delays: number[];
}

const FRAME_HEADER = 9, GRPC_HEADER = 5;
/** The tag of field 2, in requests a heartbeat and in answers its acknowledgement. */
const HEARTBEAT_TAG = 0x12;
const TIMER_MS = 5;

let report: HeartbeatReport = { heartbeats: [], delays: [] };

/** How many of the HTTP/2 frames that a chunk consists of hold a heartbeat, or its answer. */
function heartbeatsIn(chunk: Uint8Array): number {
  let found = 0;
  for (let at = 0; at + FRAME_HEADER <= chunk.length;) {
    const length = chunk[at] << 16 | chunk[at + 1] << 8 | chunk[at + 2];
    const isData = chunk[at + 3] === 0;
    const body = at + FRAME_HEADER + GRPC_HEADER;
    if (isData && length > GRPC_HEADER && chunk[body] === HEARTBEAT_TAG) found++;
    at += FRAME_HEADER + length;
  }
  return found;
}

interface Watched {
  encrypted: boolean;
  push(chunk: Uint8Array | null, ...rest: unknown[]): boolean;
  write(chunk: Uint8Array, ...rest: unknown[]): boolean;
}

function watchSockets(sockets: Watched): void {
  const arrivals = new WeakMap<Watched, number[]>();
  const { push, write } = sockets;
  sockets.push = function (chunk, ...rest) {
    if (chunk instanceof Uint8Array) {
      for (let left = heartbeatsIn(chunk); left > 0; left--) {
        const waiting = arrivals.get(this) ?? [];
        arrivals.set(this, waiting);
        waiting.push(performance.now());
      }
    }
    return push.call(this, chunk, ...rest);
  };
  sockets.write = function (chunk, ...rest) {
    const result = write.call(this, chunk, ...rest);
    if (chunk instanceof Uint8Array) {
      for (let left = heartbeatsIn(chunk); left > 0; left--) {
        const arrivedAt = arrivals.get(this)?.shift();
        if (arrivedAt !== undefined) report.heartbeats.push(performance.now() - arrivedAt);
      }
    }
    return result;
  };
}

function watchDelays(): void {
  let expected = performance.now() + TIMER_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    report.delays.push(Math.max(0, now - expected));
    expected = now + TIMER_MS;
  }, TIMER_MS);
  Deno.unrefTimer(timer);
}

const path = Deno.env.get("ORBIT_BENCH_REPORT");
if (path !== undefined) {
  watchSockets(TLSSocket.prototype as unknown as Watched);
  watchDelays();
  Deno.addSignalListener("SIGUSR2", () => {
    Deno.writeTextFileSync(`${path}.new`, JSON.stringify(report));
    Deno.renameSync(`${path}.new`, path);
    report = { heartbeats: [], delays: [] };
  });
}
