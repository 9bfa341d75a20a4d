/** Dialling destinations that can't dial this Star, to be asked for content there. */
import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { connect, type TLSSocket } from "node:tls";
import { parsePeerAddress, type PeerAddress } from "#core/config/addresses.ts";
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { readPeer, requireStar, type StarId, starServerName } from "#core/identity/mod.ts";
import { type Logger, silentLogger } from "#core/log/mod.ts";
import { pretendToListen } from "#core/rpc/mod.ts";
import type { LinkCredentials } from "./connection.ts";
import { dialEach, type DialRule } from "./dialable.ts";
import { FairRoom } from "./fair_room.ts";
import type { Grant, GrantVerifier } from "./grant.ts";
import { KEEP_ALIVE_MS } from "./limits.ts";
import { OFFER_PATH, OFFER_PROTOCOL } from "./offered.ts";

/** How long dialling may take. */
const DIAL_MS = 10_000;
/** Connections to one Star, and to all. */
const MAX_EACH = 64, MAX_ALL = 512;
const MAX_HEAD_BYTES = 1024;
const END_OF_HEAD = "\r\n\r\n";

/** What offering works with. */
export interface OfferingServices {
  /** Answers `/link/v1/…`, as on the Star's own port. */
  answer: RequestListener;
  credentials: () => LinkCredentials;
  verifier: () => GrantVerifier | undefined;
  clock: Clock;
  log?: Logger;
  /** Whom it dials; Stars on this machine, too, when left out. */
  rule?: DialRule;
}

/** A grant that names whom to dial. */
type DialGrant = Grant & { dial: NonNullable<Grant["dial"]> };

/**
 * Connections to destinations. One to each waits to be asked on; when it is, another is dialled, so
 * that there are as many as are used.
 */
export class Offering implements Disposable {
  readonly #services: OfferingServices;
  readonly #http;
  /** Those nobody has asked on, and all, by whom they lead to. */
  readonly #spare = new Map<string, Promise<TLSSocket>>();
  readonly #open = new Map<TLSSocket, { key: string; grant: DialGrant }>();
  /** All of them by the Star that they lead to: one that takes very many leaves some to others. */
  readonly #room = new FairRoom<TLSSocket>({
    ...{ each: MAX_EACH, all: MAX_ALL },
    drop: (socket) => void socket.destroy(),
  });

  constructor(services: OfferingServices) {
    this.#services = services;
    this.#http = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, services.answer);
    pretendToListen(this.#http);
    this.#http.on("request", (request: IncomingMessage) => this.#asked(request));
  }

  /**
   * Sees to it that the Star which a grant names can ask for content; nobody else is ever dialled.
   *
   * @throws {OrbitError} `denied` for a grant that isn't good, names nobody, or whose Star isn't the
   * one at its address; `unavailable` when nobody is.
   */
  async offer(token: string): Promise<void> {
    const verifier = this.#services.verifier();
    if (verifier === undefined) {
      throw new OrbitError("unavailable", "offer link: this Star knows no key of its Nucleus yet", {
        detail: { retryable: true },
      });
    }
    const grant = await verifier.verify(token);
    if (grant.dial === undefined) {
      throw new OrbitError("denied", "offer link: the grant names nobody to dial");
    }
    await this.#ready({ ...grant, dial: grant.dial });
  }

  [Symbol.dispose](): void {
    this.#http.close();
    for (const socket of this.#open.keys()) socket.destroy();
  }

  async #ready(grant: DialGrant): Promise<void> {
    const key = `${grant.dial.address} ${grant.destinationThumbprint}`;
    const spare = this.#spare.get(key) ?? this.#dial(key, grant);
    this.#spare.set(key, spare);
    try {
      await spare;
    } catch (error) {
      if (this.#spare.get(key) === spare) this.#spare.delete(key);
      throw error;
    }
  }

  /** The one that waited is in use: another is to wait. */
  #asked({ socket }: IncomingMessage): void {
    const open = this.#open.get(socket as TLSSocket);
    if (open === undefined) return;
    const { key, grant } = open;
    void this.#spare.get(key)?.then((spare) => {
      if (spare !== socket) return;
      this.#spare.delete(key);
      if (this.#services.clock.now() < grant.expiresAtMs) return this.#ready(grant);
    }).catch((error) => {
      this.#log.warn("no further connection to a Star", { error: String(error) });
    });
  }

  async #dial(key: string, grant: DialGrant): Promise<TLSSocket> {
    const { clock } = this.#services, { star } = grant.dial;
    // What goes on isn't broken off for what would begin, unless somebody else has less.
    if (!this.#room.hasRoomFor(star)) {
      throw new OrbitError("exhausted", "offer link: too many connections are open", {
        detail: { retryable: true },
      });
    }
    const socket = await this.#connect(grant);
    try {
      const peer = requireStar(readPeer(socket.getPeerCertificate(), clock), star);
      if (peer.thumbprint !== grant.destinationThumbprint) {
        throw new OrbitError("denied", "offer link: the Star there has another certificate", {
          detail: { retryable: true },
        });
      }
      await within(DIAL_MS, socket, upgrade(socket, starServerName(star)));
    } catch (error) {
      socket.destroy();
      throw error instanceof OrbitError ? error : unreached(grant, error);
    }
    this.#open.set(socket, { key, grant });
    this.#room.add(star, socket);
    const spare = this.#spare.get(key);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#room.remove(star, socket);
      if (this.#spare.get(key) === spare) this.#spare.delete(key);
    });
    this.#log.info("dialled a Star that can't dial this one", { address: grant.dial.address });
    this.#http.emit("connection", socket);
    return socket;
  }

  async #connect(grant: DialGrant): Promise<TLSSocket> {
    const peer = parsePeerAddress(grant.dial.address, 0);
    if (peer === undefined) throw new OrbitError("denied", "offer link: the address is none");
    const { rule = { loopback: true } } = this.#services;
    try {
      return await dialEach(peer, rule, (address) => this.#connectTo(address, grant.dial.star));
    } catch (error) {
      throw unreached(grant, error);
    }
  }

  async #connectTo({ host, port }: PeerAddress, star: StarId): Promise<TLSSocket> {
    const { authorityPem, certificatePem, keyPem } = this.#services.credentials();
    const socket = connect({
      ...{ host, port, servername: starServerName(star) },
      ...{ ca: authorityPem, cert: certificatePem, key: keyPem.reveal() },
      ...{ minVersion: "TLSv1.3", ALPNProtocols: ["http/1.1"], rejectUnauthorized: true },
    });
    const connected = new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
    });
    try {
      await within(DIAL_MS, socket, connected);
      if (!socket.authorized) throw new Error(String(socket.authorizationError));
      socket.setNoDelay(true);
      socket.on("error", () => {});
      return socket;
    } catch (error) {
      socket.on("error", () => {});
      socket.destroy();
      throw error;
    }
  }

  get #log(): Logger {
    return this.#services.log ?? silentLogger;
  }
}

/** Asks the other end to do the asking from here on. */
async function upgrade(socket: TLSSocket, host: string): Promise<void> {
  socket.write(
    `POST ${OFFER_PATH} HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\n` +
      `upgrade: ${OFFER_PROTOCOL}\r\ncontent-length: 0\r\n\r\n`,
  );
  let seen = Buffer.alloc(0);
  while (!seen.includes(END_OF_HEAD)) {
    const piece = socket.read() as Uint8Array | null;
    if (piece === null) await readable(socket);
    else seen = Buffer.concat([seen, piece]);
    if (seen.length > MAX_HEAD_BYTES && !seen.includes(END_OF_HEAD)) throw noOffer();
  }
  const end = seen.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
  if (!seen.toString("latin1").startsWith("HTTP/1.1 101 ")) throw noOffer();
  // The other end may have asked at once.
  if (end < seen.length) socket.unshift(seen.subarray(end));
}

function noOffer(): Error {
  return new Error("it takes no offer");
}

function readable(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error("it closed the connection"));
    socket.once("close", fail);
    socket.once("readable", () => {
      socket.removeListener("close", fail);
      resolve();
    });
  });
}

async function within<T>(ms: number, socket: TLSSocket, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => socket.destroy(new Error(`nothing came for ${ms} ms`)), ms);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

function unreached({ dial }: DialGrant, cause: unknown): OrbitError {
  const text = `offer link to ${dial.address}: ${(cause as Error).message}`;
  return new OrbitError("unavailable", text, { cause, detail: { retryable: true } });
}
