/** A far-away network on one machine: a TCP port that hands on late, and counts. */
import { DelayedPipe } from "./delayed_pipe.ts";

/** Bytes both ways. */
export interface Traffic {
  /** Of connections that offered HTTP/2 when they began TLS, as a Nucleus's calls do. */
  http2: number;
  /** Of all others, as Direct Links are. */
  other: number;
}

/**
 * Hands every connection on to a port of this machine. What comes leaves half a round trip later,
 * either way, and a connection's first bytes wait a whole one for the handshake of a real network;
 * how much is under way at a time is bound only by {@linkcode DelayedPipe}'s memory.
 */
export class DelayProxy implements AsyncDisposable {
  readonly traffic: Traffic = { http2: 0, other: 0 };
  readonly port: number;
  /** HOST:PORT. */
  readonly address: string;
  readonly #listener: Deno.TcpListener;
  readonly #roundTripMs: number;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #over: Promise<void>;
  #target: number | undefined;

  /** @param target The port to hand on to; may be told later. */
  constructor(roundTripMs: number, target?: number) {
    this.#roundTripMs = roundTripMs;
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.address = `127.0.0.1:${this.port}`;
    this.#over = this.#accept();
  }

  set target(port: number) {
    this.#target = port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
    await this.#over;
  }

  async #accept(): Promise<void> {
    const served = new Set<Promise<void>>();
    for await (const near of this.#listener) {
      const one = this.#serve(near).finally(() => served.delete(one));
      served.add(one);
    }
    await Promise.all(served);
  }

  async #serve(near: Deno.TcpConn): Promise<void> {
    const both = [near];
    this.#open.add(near);
    try {
      if (this.#target === undefined) return;
      const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      both.push(far);
      this.#open.add(far);
      for (const connection of both) connection.setNoDelay(true);
      await this.#join(near, far, () => both.forEach(close));
    } catch {
      // One side is gone: so is the connection, for the other side to see.
    } finally {
      for (const connection of both) {
        this.#open.delete(connection);
        close(connection);
      }
    }
  }

  async #join(near: Deno.TcpConn, far: Deno.TcpConn, cut: () => void): Promise<void> {
    let kind: keyof Traffic | undefined;
    const count = (bytes: Uint8Array) => {
      kind ??= offersHttp2(bytes) ? "http2" : "other";
      this.traffic[kind] += bytes.length;
    };
    const half = this.#roundTripMs / 2;
    const there = new DelayedPipe(near, far, { delayMs: half, beginMs: half * 2, count });
    const back = new DelayedPipe(far, near, { delayMs: half, beginMs: 0, count });
    await Promise.all([there, back].map((pipe) =>
      pipe.run().catch((error) => {
        // The other direction has nothing to wait for any more.
        cut();
        throw error;
      })
    ));
  }
}

/** Whether a TLS greeting lists "h2" among its protocols, which it does in the clear. */
function offersHttp2(greeting: Uint8Array): boolean {
  return greeting[0] === 22 && new TextDecoder("latin1").decode(greeting).includes("\x02h2");
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
