/** Connections that sources dialled, because nobody can dial them: they wait to be asked on. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { readPeer, requireStar, type StarPeer, starServerName } from "#core/identity/mod.ts";
import type { LinkConnection } from "./connection.ts";
import { FairRoom } from "./fair_room.ts";

/** What a source asks for, and what it asks to become of the connection. */
export const OFFER_PATH = "/link/v1/offer", OFFER_PROTOCOL = "orbit-link";

/** Connections that wait, of one Star and of all, and for how long. */
const MAX_EACH = 4, MAX_WAITING = 256;
const WAIT_MS = 60_000;

interface Offered {
  socket: Duplex;
  rest: Uint8Array;
  /** Of the certificate that the Star showed. */
  thumbprint: string;
}

interface Waiting extends Offered {
  timer: ReturnType<typeof setTimeout>;
}

/**
 * Connections by the name of the Star that dialled; given away in turn. Any Star may offer some, so
 * that when there are too many, those of whoever has most make room for others.
 */
export class OfferedConnections {
  readonly #clock: Clock;
  readonly #isRevoked: (thumbprint: string) => boolean;
  readonly #waiting = new FairRoom<Waiting>({
    ...{ each: MAX_EACH, all: MAX_WAITING },
    drop: ({ socket, timer }) => {
      clearTimeout(timer);
      socket.destroy();
    },
  });
  readonly #takers = new Map<string, ((connection: LinkConnection) => void)[]>();

  /** @param isRevoked Whether the certificate with this thumbprint is refused before its end. */
  constructor(clock: Clock, isRevoked: (thumbprint: string) => boolean = () => false) {
    this.#clock = clock;
    this.#isRevoked = isRevoked;
  }

  /** Takes connections of Stars from a server that asks for certificates. */
  acceptFrom(http: Server): void {
    http.on("upgrade", (request, socket, head) => this.#accept(request, socket, head));
  }

  /** The next connection of the Star whose certificate has this name. */
  async take(serverName: string, signal: AbortSignal): Promise<LinkConnection> {
    for (let kept; (kept = this.#waiting.of(serverName)[0]) !== undefined;) {
      this.#forget(serverName, kept);
      if (!this.#isRevoked(kept.thumbprint)) return toLink(kept);
      kept.socket.destroy();
    }
    const takers = this.#takers.get(serverName) ?? [];
    this.#takers.set(serverName, takers);
    const { promise, resolve, reject } = Promise.withResolvers<LinkConnection>();
    const leave = () => reject(signal.reason);
    takers.push(resolve);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", leave);
      const at = takers.indexOf(resolve);
      if (at >= 0) takers.splice(at, 1);
      if (takers.length === 0) this.#takers.delete(serverName);
    }
  }

  close(): void {
    this.#waiting.clear();
  }

  #accept(request: IncomingMessage, socket: Duplex, rest: Uint8Array): void {
    try {
      const { starId, thumbprint } = this.#starOf(request);
      socket.on("error", () => {});
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${OFFER_PROTOCOL}\r\n\r\n`,
      );
      this.#keep(starServerName(starId), { socket, rest, thumbprint });
    } catch {
      socket.destroy();
    }
  }

  #starOf({ url, method, headers, socket }: IncomingMessage): StarPeer {
    if (url !== OFFER_PATH || method !== "POST" || headers.upgrade !== OFFER_PROTOCOL) {
      throw new OrbitError("not_found", "link: no such path");
    }
    const { authorized } = socket as TLSSocket;
    if (!authorized) throw new OrbitError("denied", "link: no certificate of the authority");
    const certificate = (socket as TLSSocket).getPeerCertificate();
    const peer = requireStar(readPeer(certificate, this.#clock));
    if (!this.#isRevoked(peer.thumbprint)) return peer;
    throw new OrbitError("denied", "link: the certificate was revoked");
  }

  #keep(name: string, offered: Offered): void {
    const taker = this.#takers.get(name)?.shift();
    if (taker !== undefined) return taker(toLink(offered));
    const timer = setTimeout(() => {
      this.#forget(name, kept);
      kept.socket.destroy();
    }, WAIT_MS);
    const kept = { ...offered, timer };
    this.#waiting.add(name, kept);
    kept.socket.once("close", () => this.#forget(name, kept));
  }

  #forget(name: string, kept: Waiting): void {
    clearTimeout(kept.timer);
    this.#waiting.remove(name, kept);
  }
}

function toLink({ socket, rest }: Offered): LinkConnection {
  const pieces = socket[Symbol.asyncIterator]();
  return {
    async read(into) {
      while (rest.length === 0) {
        const { done, value } = await pieces.next();
        if (done) return null;
        rest = value;
      }
      const piece = rest.subarray(0, into.length);
      into.set(piece);
      rest = rest.subarray(piece.length);
      return piece.length;
    },
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => error ? reject(error) : resolve());
      }),
    close: () => void socket.destroy(),
  };
}
