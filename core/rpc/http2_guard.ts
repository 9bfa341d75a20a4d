/**
 * Keeps Deno's HTTP/2 from corrupting its own memory.
 *
 * Its engine (nghttp2) must not be asked to send, and must not be freed, while it takes in what
 * came. Deno 2.9.6 does both: an answer or a close from within an event that the engine tells goes
 * straight back into it, and a polite peer's GOAWAY frees a session that is being read, which ends
 * the whole process (https://github.com/denoland/deno/issues/36788). So what is asked of an engine
 * meanwhile is put off until it is done. That covers sessions over TLS and other sockets that are
 * read by the `data` event.
 */
import { connect } from "node:http2";
import { Duplex } from "node:stream";

/** The engine of one session, as Deno's own code drives it. */
interface Engine {
  receive(chunk: Uint8Array): unknown;
  /** Of each engine its own: writes what is to be sent to the socket. */
  sendPending(): unknown;
  getOutgoingChunk(): Uint8Array | undefined;
  destroy(code: number, isSocketDestroyed: boolean): unknown;
}

const METHODS = ["receive", "sendPending", "getOutgoingChunk", "destroy"] as const;

/** What an engine was asked for while it took something in. */
interface PutOff {
  depth: number;
  send: boolean;
  destroy?: Parameters<Engine["destroy"]>;
}

let isGuarded = false;

/** Guards every session of this process, those that there are already, too. */
export function guardHttp2(): void {
  if (isGuarded) return;
  isGuarded = true;
  const engine = findEngine();
  if (engine !== undefined) guard(engine);
}

/** What all engines inherit from; undefined when this runtime's are made otherwise. */
function findEngine(): Engine | undefined {
  const silent = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const session = connect("http://localhost", { createConnection: () => silent });
  session.on("error", () => {});
  try {
    const parts = session as unknown as Record<symbol, Engine | undefined>;
    for (const key of Object.getOwnPropertySymbols(session)) {
      if (typeof parts[key]?.receive !== "function") continue;
      const engine = Object.getPrototypeOf(parts[key]);
      return METHODS.every((name) => Object.hasOwn(engine, name)) ? engine : undefined;
    }
  } finally {
    session.destroy();
  }
}

function guard(engine: Engine): void {
  const { receive, sendPending, getOutgoingChunk, destroy } = engine;
  const receiving = new WeakMap<Engine, PutOff>();
  engine.receive = function (chunk) {
    const putOff = receiving.get(this) ?? { depth: 0, send: false };
    receiving.set(this, putOff);
    putOff.depth++;
    try {
      return receive.call(this, chunk);
    } finally {
      if (--putOff.depth === 0) {
        receiving.delete(this);
        if (putOff.send) this.sendPending();
        if (putOff.destroy !== undefined) destroy.apply(this, putOff.destroy);
      }
    }
  };
  engine.sendPending = function () {
    const putOff = receiving.get(this);
    if (putOff === undefined) return sendPending.call(this);
    putOff.send = true;
  };
  engine.getOutgoingChunk = function () {
    const putOff = receiving.get(this);
    if (putOff === undefined) return getOutgoingChunk.call(this);
    putOff.send = true;
  };
  engine.destroy = function (...args) {
    const putOff = receiving.get(this);
    if (putOff === undefined) return destroy.apply(this, args);
    putOff.destroy ??= args;
  };
}
