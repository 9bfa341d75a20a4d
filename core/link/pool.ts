/** Connections to Stars that give, kept while they are of use. */
import { formatAddress, type PeerAddress } from "#core/config/addresses.ts";
import { OrbitError } from "#core/errors.ts";
import type { Secret } from "#core/identity/secret.ts";
import { openTunnel, type Tunnel } from "./tunnel.ts";

/** How long connections are kept that nobody uses. */
const IDLE_MS = 30_000;
/** Stars that are connected to at a time. */
const MAX_STARS = 64;

/** What this Star shows, and whom it believes. */
export interface LinkCredentials {
  readonly authorityPem: string;
  readonly certificatePem: string;
  readonly keyPem: Secret;
}

/** A way to one Star; connections are made when they are needed. */
export interface LinkWay {
  readonly client: Deno.HttpClient;
  /** Why it could not be reached, when the last try failed. */
  readonly trouble: string | undefined;
}

interface Kept {
  client: Deno.HttpClient;
  tunnel: Tunnel;
  users: number;
  closing: ReturnType<typeof setTimeout> | undefined;
}

/** Ways to Stars, one for each address and certificate. */
export class LinkPool implements AsyncDisposable {
  readonly #credentials: () => LinkCredentials;
  readonly #ways = new Map<string, Kept>();

  /** @param credentials As they are now: certificates are renewed. */
  constructor(credentials: () => LinkCredentials) {
    this.#credentials = credentials;
  }

  /**
   * A way to an address; give it back by {@linkcode release}.
   *
   * @throws {OrbitError} `exhausted` (retryable) when too many Stars are connected to.
   */
  take(address: PeerAddress): { way: LinkWay; release: () => void } {
    const credentials = this.#credentials();
    const key = `${formatAddress(address)} ${credentials.certificatePem}`;
    const kept = this.#ways.get(key) ?? this.#open(key, address, credentials);
    clearTimeout(kept.closing);
    kept.users++;
    const { client, tunnel } = kept;
    const way = {
      client,
      get trouble() {
        return tunnel.trouble;
      },
    };
    return { way, release: () => this.#release(key, kept) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#ways, ([key, kept]) => this.#close(key, kept)));
  }

  #open(key: string, address: PeerAddress, credentials: LinkCredentials): Kept {
    if (this.#ways.size >= MAX_STARS) {
      throw new OrbitError("exhausted", "open link: too many Stars are connected to", {
        detail: { retryable: true },
      });
    }
    const tunnel = openTunnel(address);
    const client = Deno.createHttpClient({
      caCerts: [credentials.authorityPem],
      cert: credentials.certificatePem,
      key: credentials.keyPem.reveal(),
      http2: false,
      proxy: { url: tunnel.url },
      poolIdleTimeout: IDLE_MS,
    });
    const kept: Kept = { client, tunnel, users: 0, closing: undefined };
    this.#ways.set(key, kept);
    return kept;
  }

  #release(key: string, kept: Kept): void {
    if (--kept.users > 0 || this.#ways.get(key) !== kept) return;
    kept.closing = setTimeout(() => void this.#close(key, kept), IDLE_MS);
    Deno.unrefTimer(kept.closing as unknown as number);
  }

  async #close(key: string, kept: Kept): Promise<void> {
    clearTimeout(kept.closing);
    if (this.#ways.get(key) === kept) this.#ways.delete(key);
    kept.client.close();
    await kept.tunnel[Symbol.asyncDispose]();
  }
}
