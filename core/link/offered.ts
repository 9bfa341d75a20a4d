/** Connections that sources dialled, because nobody can dial them: they wait to be asked on. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { readPeer, requireStar, type StarId, starServerName } from "#core/identity/mod.ts";
import type { LinkConnection } from "./connection.ts";

/** What a source asks for, and what it asks to become of the connection. */
export const OFFER_PATH = "/link/v1/offer", OFFER_PROTOCOL = "orbit-link";

/** Connections that wait, of one Star and of all, and for how long. */
const MAX_EACH = 4, MAX_WAITING = 256;
const WAIT_MS = 60_000;

interface Waiting {
  socket: Duplex;
  rest: Uint8Array;
  timer: ReturnType<typeof setTimeout>;
}

/** Connections by the name of the Star that dialled; given away in turn. */
export class OfferedConnections {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #takers = new Map<string, ((connection: LinkConnection) => void)[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes connections of Stars from a server that asks for certificates. */
  acceptFrom(http: Server): void {
    http.on("upgrade", (request, socket, head) => this.#accept(request, socket, head));
  }

  /** The next connection of the Star whose certificate has this name. */
  async take(serverName: string, signal: AbortSignal): Promise<LinkConnection> {
    const kept = this.#waiting.get(serverName)?.[0];
    if (kept !== undefined) {
      this.#forget(serverName, kept);
      return toLink(kept);
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
    for (const [name, list] of this.#waiting) {
      for (const one of [...list]) this.#drop(name, one);
    }
  }

  #accept(request: IncomingMessage, socket: Duplex, rest: Uint8Array): void {
    try {
      const star = this.#starOf(request);
      socket.on("error", () => {});
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${OFFER_PROTOCOL}\r\n\r\n`,
      );
      this.#keep(starServerName(star), { socket, rest });
    } catch {
      socket.destroy();
    }
  }

  #starOf({ url, method, headers, socket }: IncomingMessage): StarId {
    if (url !== OFFER_PATH || method !== "POST" || headers.upgrade !== OFFER_PROTOCOL) {
      throw new OrbitError("not_found", "link: no such path");
    }
    const { authorized } = socket as TLSSocket;
    if (!authorized) throw new OrbitError("denied", "link: no certificate of the authority");
    const certificate = (socket as TLSSocket).getPeerCertificate();
    return requireStar(readPeer(certificate, this.#clock)).starId;
  }

  #keep(name: string, { socket, rest }: Omit<Waiting, "timer">): void {
    const taker = this.#takers.get(name)?.shift();
    if (taker !== undefined) return taker(toLink({ socket, rest }));
    const list = this.#waiting.get(name) ?? [];
    let all = 0;
    for (const { length } of this.#waiting.values()) all += length;
    if (list.length >= MAX_EACH || all >= MAX_WAITING) return void socket.destroy();
    const timer = setTimeout(() => this.#drop(name, kept), WAIT_MS);
    const kept = { socket, rest, timer };
    this.#waiting.set(name, list);
    list.push(kept);
    socket.once("close", () => this.#forget(name, kept));
  }

  #drop(name: string, kept: Waiting): void {
    this.#forget(name, kept);
    kept.socket.destroy();
  }

  #forget(name: string, kept: Waiting): void {
    clearTimeout(kept.timer);
    const list = this.#waiting.get(name);
    const at = list?.indexOf(kept) ?? -1;
    if (at >= 0) list!.splice(at, 1);
    if (list?.length === 0) this.#waiting.delete(name);
  }
}

function toLink({ socket, rest }: Omit<Waiting, "timer">): LinkConnection {
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
