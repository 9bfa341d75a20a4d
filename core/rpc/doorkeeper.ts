/** Who may come through a TLS port: bounds on connections, and what became of each. */
import type { Socket } from "node:net";
import type { Logger } from "#core/log/mod.ts";

/** The bounds of a TLS port. */
export interface DoorkeeperLimits {
  /** Milliseconds for a handshake; 10 s when left out. */
  handshakeMs?: number;
  /** Handshakes at once; 2,048 when left out. */
  maxHandshakes?: number;
  /** Connections of one address that have shown no good certificate; 1,024 when left out. */
  maxUnknownPerAddress?: number;
  /** Connections at once in all; 15,000 when left out. */
  maxConnections?: number;
}

/** What became of the connections to a port. */
export interface PortCounts {
  members: number;
  strangers: number;
  http: number;
  /** Refused, by why. */
  refused: Record<Refusal, number>;
  /** Connections that are open now, and those of them whose handshake isn't done. */
  open: number;
  handshakes: number;
}

/** Why a connection is refused. */
export type Refusal = "bound" | "handshake" | "certificate" | "protocol";

interface Guest {
  address: string;
  /** Whether the handshake is still going on. */
  timer: ReturnType<typeof setTimeout> | undefined;
  member: boolean;
  refused: boolean;
}

const KIND = { member: "members", stranger: "strangers", http: "http" } as const;

/** Keeps the counts; connections are known by their two ends, before TLS and after. */
export class Doorkeeper {
  readonly sockets = new Set<Socket>();
  readonly #limits: Required<DoorkeeperLimits>;
  readonly #log: Logger;
  readonly #guests = new Map<string, Guest>();
  readonly #unknown = new Map<string, number>();
  readonly #counts = {
    members: 0,
    strangers: 0,
    http: 0,
    refused: { bound: 0, handshake: 0, certificate: 0, protocol: 0 },
  };
  #handshakes = 0;

  constructor(limits: DoorkeeperLimits, log: Logger) {
    this.#log = log;
    this.#limits = {
      handshakeMs: limits.handshakeMs ?? 10_000,
      maxHandshakes: limits.maxHandshakes ?? 2048,
      maxUnknownPerAddress: limits.maxUnknownPerAddress ?? 1024,
      maxConnections: limits.maxConnections ?? 15_000,
    };
  }

  get counts(): PortCounts {
    return { ...this.#counts, open: this.sockets.size, handshakes: this.#handshakes };
  }

  /** Whether a new TCP connection may go on to its handshake; it's destroyed when it may not. */
  admit(socket: Socket): boolean {
    const { maxHandshakes, maxUnknownPerAddress, maxConnections, handshakeMs } = this.#limits;
    const address = socket.remoteAddress;
    const key = keyOf(socket);
    socket.on("error", () => {});
    if (address === undefined || this.#guests.has(key)) {
      socket.destroy();
      return false;
    }
    const full = this.sockets.size >= maxConnections || this.#handshakes >= maxHandshakes ||
      (this.#unknown.get(address) ?? 0) >= maxUnknownPerAddress;
    if (full) {
      socket.destroy();
      this.#counts.refused.bound++;
      this.#log.warn("connection refused", { peer: address, why: "bound" });
      return false;
    }
    const timer = setTimeout(() => {
      this.refuse(socket, "handshake", `not done within ${handshakeMs} ms`);
    }, handshakeMs);
    this.#handshakes++;
    this.#unknown.set(address, (this.#unknown.get(address) ?? 0) + 1);
    this.#guests.set(key, { address, timer, member: false, refused: false });
    this.sockets.add(socket);
    socket.once("close", () => this.#leave(socket, key));
    return true;
  }

  /** The handshake is done, and the connection is taken. */
  enter(socket: Socket, as: "member" | "stranger" | "http"): void {
    socket.on("error", () => {});
    this.#counts[KIND[as]]++;
    const guest = this.#guests.get(keyOf(socket));
    if (!guest) return void socket.destroy();
    this.#endHandshake(guest);
    if (as !== "member") return;
    guest.member = true;
    this.#forget(guest.address);
  }

  /** Destroys a connection. */
  refuse(
    socket: Socket,
    why: Refusal,
    details: string,
    guest = this.#guests.get(keyOf(socket)),
  ): void {
    socket.on("error", () => {});
    socket.destroy();
    if (guest?.refused) return;
    if (guest) guest.refused = true;
    this.#counts.refused[why]++;
    this.#log.warn("connection refused", { peer: guest?.address, why, details });
  }

  /** Ends what is left of a failed handshake; it's counted when the connection closes. */
  handshakeFailed(socket: Socket, error: Error): void {
    this.#log.debug("handshake failed", { details: error.message });
    socket.on("error", () => {});
    socket.destroy();
  }

  #leave(socket: Socket, key: string): void {
    this.sockets.delete(socket);
    const guest = this.#guests.get(key);
    if (!guest) return;
    if (guest.timer !== undefined) this.refuse(socket, "handshake", "it failed", guest);
    this.#guests.delete(key);
    this.#endHandshake(guest);
    if (!guest.member) this.#forget(guest.address);
  }

  #endHandshake(guest: Guest): void {
    if (guest.timer === undefined) return;
    clearTimeout(guest.timer);
    guest.timer = undefined;
    this.#handshakes--;
  }

  #forget(address: string): void {
    const left = (this.#unknown.get(address) ?? 0) - 1;
    if (left > 0) this.#unknown.set(address, left);
    else this.#unknown.delete(address);
  }
}

/** Where it comes from and goes to: from one port a peer may call several addresses of ours. */
function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`;
}
