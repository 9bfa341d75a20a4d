/** Serves calls that come through a stream which we have opened: the Star's side. */
import { OrbitError } from "#core/errors.ts";
import { type Logger, silentLogger } from "#core/log/mod.ts";
import type { CallFrame, CallStart } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { AnyServed } from "../handlers.ts";
import { createRoutes, type Route, unknownMethod } from "../routes.ts";
import { toOutcome } from "../status.ts";
import { frameOf, MAX_REVERSE_CALLS, toCallEnd } from "./frames.ts";
import { Untaken } from "./inbox.ts";
import { Lanes } from "./lanes.ts";
import type { ReverseStream } from "./reverse_caller.ts";
import { ReverseServedCall } from "./served_call.ts";
import { StaleFrames } from "./stale.ts";

/** How calls are served. */
export interface ServeReverseOptions {
  /** What handlers see as the other side; `control stream` when left out. */
  peer?: string;
  /** DER of the other side's certificate, for handlers. */
  peerCertificate?: Uint8Array;
  /** Gets the errors that handlers shouldn't throw; the caller learns nothing of their text. */
  log?: Logger;
}

/** Serves the calls of one stream. */
export interface ReverseServer {
  /** How many calls are being served. */
  readonly calls: number;
  /** Takes a frame that came through the stream. Never throws. */
  receive(frame: CallFrame): void;
  /** The stream is over: the signals of all calls abort. */
  end(): void;
}

/**
 * Serves services through a stream: 256 calls at once, further ones end as `exhausted`. Calls take
 * turns, so that none holds up the others; at most one frame waits in the stream itself.
 */
export function serveReverse(
  served: readonly AnyServed[],
  stream: ReverseStream,
  options: ServeReverseOptions = {},
): ReverseServer {
  return new ServedCalls(createRoutes(served), stream, options);
}

class ServedCalls implements ReverseServer {
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #stream: ReverseStream;
  readonly #lanes: Lanes;
  readonly #peer: { peer: string; peerCertificate?: Uint8Array };
  readonly #log: Logger;
  readonly #calls = new Map<number, ReverseServedCall>();
  readonly #untaken = new Untaken();
  readonly #stale = new StaleFrames();
  #lastId = 0;
  #over = false;

  constructor(
    routes: ReadonlyMap<string, Route>,
    stream: ReverseStream,
    { peer = "control stream", peerCertificate, log = silentLogger }: ServeReverseOptions,
  ) {
    this.#routes = routes;
    this.#stream = stream;
    this.#peer = { peer, peerCertificate };
    this.#log = log;
    this.#lanes = new Lanes(stream.send, () => {
      this.#break(new OrbitError("unavailable", "send frame: the stream takes no more"));
    });
  }

  get calls(): number {
    return this.#calls.size;
  }

  receive({ callId, frame }: CallFrame): void {
    if (this.#over) return;
    if (frame.case === "end" || frame.case === undefined) {
      return this.#break(new OrbitError("invalid", `frame "${frame.case}": not for this side`));
    }
    if (frame.case === "start") return this.#start(callId, frame.value);
    const call = this.#calls.get(callId);
    if (call) return call.receive(frame);
    const bytes = frame.case === "message" ? frame.value.length : 0;
    if (callId > 0 && callId <= this.#lastId && this.#stale.mayIgnore(bytes)) return;
    this.#break(new OrbitError("invalid", `frame for call ${callId}: there is no such call`));
  }

  end(): void {
    this.#over = true;
    this.#lanes.close();
    for (const call of this.#calls.values()) call.cancel();
  }

  #start(id: number, start: CallStart): void {
    if (id <= this.#lastId) {
      return this.#break(new OrbitError("invalid", `start of call ${id}: it was started before`));
    }
    this.#lastId = id;
    const lane = this.#lanes.open();
    const route = this.#routes.get(start.method);
    const refusal = route ? this.#full() : unknownMethod(start.method);
    if (!route || refusal) {
      this.#stale.callEnded();
      return lane.post(frameOf(id, { case: "end", value: toCallEnd(toOutcome(refusal)) }));
    }
    const call = new ReverseServedCall(id, route, start, {
      ...this.#peer,
      lane,
      untaken: this.#untaken,
      log: this.#log,
      ended: () => {
        this.#calls.delete(id);
        this.#stale.callEnded();
      },
    });
    this.#calls.set(id, call);
    call.serve();
  }

  #full(): OrbitError | undefined {
    if (this.#calls.size < MAX_REVERSE_CALLS) return undefined;
    const message = `start call: ${MAX_REVERSE_CALLS} calls are going on already`;
    return new OrbitError("exhausted", message, { detail: { retryable: true } });
  }

  #break(error: OrbitError): void {
    if (this.#over) return;
    this.end();
    this.#stream.broken(error);
  }
}
