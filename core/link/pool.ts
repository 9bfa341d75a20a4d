/** Connections to Stars that give, kept while they are of use. */
import { formatAddress, type PeerAddress } from "#core/config/addresses.ts";
import { OrbitError } from "#core/errors.ts";
import { dialStar, type LinkConnection, type LinkCredentials } from "./connection.ts";
import type { DialRule } from "./dialable.ts";
import { type HttpAnswer, HttpConnection, type HttpRequest } from "./http.ts";
import { POOL_IDLE_MS } from "./limits.ts";
import type { OfferedConnections } from "./offered.ts";

/** Connections to one Star that are kept while nobody uses them. */
const MAX_IDLE = 16;
/** Stars that are connected to at a time. */
const MAX_STARS = 64;

/** A Star, and where it is. */
export interface LinkPeer {
  /** Undefined for a Star that dials this one. */
  address: PeerAddress | undefined;
  /** The DNS name that its certificate must have; see `starServerName`. */
  serverName: string;
}

/** An answer on its connection, which is of use again once the answer was read to its end. */
export interface LinkAnswer extends HttpAnswer, Disposable {}

/** A way to one Star; connections are made when they are needed. */
export interface LinkWay {
  /** Asks over a connection that is free. An abort ends the connection, until it was disposed of. */
  ask(request: Omit<HttpRequest, "host">, signal: AbortSignal): Promise<LinkAnswer>;
}

/** Ways to Stars, one for each address, name and certificate. */
export class LinkPool implements AsyncDisposable {
  /** Connections of Stars that dial this one, where it listens. */
  offered: OfferedConnections | undefined;
  readonly #credentials: () => LinkCredentials;
  readonly #rule: DialRule;
  readonly #ways = new Map<string, KeptWay>();
  readonly #last = new Set<Promise<void>>();

  /** @param credentials As they are now: certificates are renewed. */
  constructor(credentials: () => LinkCredentials, rule: DialRule = { loopback: true }) {
    this.#credentials = credentials;
    this.#rule = rule;
  }

  /**
   * A way to a Star; give it back by `release`, which waits for the last that is asked on it.
   *
   * @throws {OrbitError} `exhausted` (retryable) when too many Stars are connected to.
   */
  take(peer: LinkPeer): { way: LinkWay; release: (after: Promise<void>) => void } {
    const credentials = this.#credentials();
    const where = peer.address === undefined ? "" : formatAddress(peer.address);
    const key = `${where} ${peer.serverName} ${credentials.certificatePem}`;
    const way = this.#ways.get(key) ?? this.#open(key, peer, credentials);
    clearTimeout(way.closing);
    way.users++;
    const release = (after: Promise<void>) => {
      const last = after.then(() => {
        this.#last.delete(last);
        this.#release(key, way);
      });
      this.#last.add(last);
    };
    return { way, release };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [key, way] of this.#ways) this.#close(key, way);
    await Promise.all(this.#last);
  }

  #open(key: string, peer: LinkPeer, credentials: LinkCredentials): KeptWay {
    if (this.#ways.size >= MAX_STARS) this.#closeUnused();
    if (this.#ways.size >= MAX_STARS) {
      throw new OrbitError("exhausted", "open link: too many Stars are connected to", {
        detail: { retryable: true },
      });
    }
    const { address, serverName } = peer;
    const { offered } = this, rule = this.#rule;
    if (address === undefined && offered === undefined) {
      throw new OrbitError(
        "unsupported",
        "open link: no Star dials this one, which doesn't listen",
      );
    }
    const way = new KeptWay(
      serverName,
      (signal) =>
        address === undefined
          ? offered!.take(serverName, signal)
          : dialStar(address, serverName, { credentials, signal, ...rule }),
    );
    this.#ways.set(key, way);
    return way;
  }

  /** The first that there was of those that are kept though nobody uses them. */
  #closeUnused(): void {
    const unused = this.#ways.entries().find(([, { users }]) => users === 0);
    if (unused !== undefined) this.#close(...unused);
  }

  #release(key: string, way: KeptWay): void {
    if (--way.users > 0 || this.#ways.get(key) !== way) return;
    way.closing = setTimeout(() => this.#close(key, way), POOL_IDLE_MS);
    Deno.unrefTimer(way.closing as unknown as number);
  }

  #close(key: string, way: KeptWay): void {
    clearTimeout(way.closing);
    if (this.#ways.get(key) === way) this.#ways.delete(key);
    way.close();
  }
}

class KeptWay implements LinkWay {
  users = 0;
  closing: ReturnType<typeof setTimeout> | undefined;
  readonly #serverName: string;
  readonly #connect: (signal: AbortSignal) => Promise<LinkConnection>;
  readonly #idle: { connection: HttpConnection; sinceMs: number }[] = [];
  readonly #open = new Set<HttpConnection>();
  #isClosed = false;

  constructor(serverName: string, connect: (signal: AbortSignal) => Promise<LinkConnection>) {
    this.#serverName = serverName;
    this.#connect = connect;
  }

  async ask(request: Omit<HttpRequest, "host">, signal: AbortSignal): Promise<LinkAnswer> {
    const whole = { ...request, host: this.#serverName };
    for (;;) {
      signal.throwIfAborted();
      const kept = this.#takeIdle();
      const connection = kept ?? await this.#dial(signal);
      try {
        return await this.#askOver(connection, whole, signal);
      } catch (error) {
        this.#drop(connection);
        signal.throwIfAborted();
        // The other end may have closed it just then, while nobody used it.
        if (kept === undefined || connection.isHeard || this.#isClosed) throw error;
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#open) this.#drop(connection);
  }

  async #askOver(
    connection: HttpConnection,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<LinkAnswer> {
    const onAbort = () => this.#drop(connection);
    signal.addEventListener("abort", onAbort, { once: true });
    const forget = () => signal.removeEventListener("abort", onAbort);
    try {
      const answer = await connection.ask(request);
      const give = () => {
        forget();
        this.#give(connection);
      };
      return Object.assign(answer, { [Symbol.dispose]: give });
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #dial(signal: AbortSignal): Promise<HttpConnection> {
    const connection = new HttpConnection(await this.#connect(signal));
    this.#open.add(connection);
    return connection;
  }

  #takeIdle(): HttpConnection | undefined {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      const { connection, sinceMs } = kept;
      if (connection.isFree && performance.now() < sinceMs + POOL_IDLE_MS) return connection;
      this.#drop(connection);
    }
  }

  #give(connection: HttpConnection): void {
    if (connection.isFree && this.#idle.length < MAX_IDLE && !this.#isClosed) {
      this.#idle.push({ connection, sinceMs: performance.now() });
    } else {
      this.#drop(connection);
    }
  }

  #drop(connection: HttpConnection): void {
    this.#open.delete(connection);
    connection.close();
  }
}
