/** The links that a giving Star has open, in bounds. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { LinkFiles } from "./items.ts";

/** Links at a time, of all Stars and of one certificate. */
const MAX_LINKS = 4096, MAX_LINKS_EACH = 64;
/** Requests for content of one link that are answered at a time. */
const MAX_PACKS = 128;
/** How long a link stays that nobody uses, and how long one may be used. */
export const IDLE_MS = 15 * 60_000;
const LIFETIME_MS = 24 * 3600_000;

/** What may be taken over a link. */
export interface OpenLink {
  readonly files: LinkFiles;
  /** Of the certificate that it is for. */
  readonly thumbprint: string;
  /** The id of the Star that it is for: it stays when the certificate is renewed. */
  readonly star: string;
  bytesLeft: number;
  /** It is for chunks by their hashes, and for no files. */
  readonly chunks?: boolean;
  /** Beneath which paths these lie; anywhere when absent. */
  readonly within?: readonly string[];
  /** Hashes that may still be asked about. */
  hashesLeft: number;
  /** Bytes that may still be cut into chunks. */
  cutsLeft: number;
  /** Whom it shares the Star's bandwidth with: the job, or else the certificate. */
  readonly party: string;
}

interface Kept extends OpenLink {
  /** Answers on their way. */
  packs: number;
  openedAtMs: number;
  usedAtMs: number;
}

/** Links by their secret names; whoever asks must also have the certificate that a link is for. */
export class OpenLinks {
  readonly #clock: Clock;
  readonly #links = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Ends links that are over, and one more when there are too many: of this certificate, or else of
   * the one that has most, the one left alone longest.
   *
   * @throws {OrbitError} `exhausted` (retryable) when there is still no room for another.
   */
  makeRoom(thumbprint: string): void {
    const counts = this.#endThoseOver();
    const own = counts.get(thumbprint) ?? 0;
    if (own >= MAX_LINKS_EACH) return this.#endIdle((one) => one === thumbprint);
    if (this.#links.size < MAX_LINKS) return;
    const most = Math.max(...counts.values());
    // Who has as many as anybody takes the place of nobody else's.
    this.#endIdle((one) => own < most ? counts.get(one) === most : one === thumbprint);
  }

  /** How many each certificate has left. */
  #endThoseOver(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const [id, link] of this.#links) {
      if (this.#isOver(link)) this.#links.delete(id);
      else counts.set(link.thumbprint, (counts.get(link.thumbprint) ?? 0) + 1);
    }
    return counts;
  }

  #endIdle(isOne: (thumbprint: string) => boolean): void {
    let oldest: [id: string, usedAtMs: number] | undefined;
    for (const [id, { thumbprint, packs, usedAtMs }] of this.#links) {
      const isIdle = packs === 0 && isOne(thumbprint);
      if (isIdle && (oldest === undefined || usedAtMs < oldest[1])) oldest = [id, usedAtMs];
    }
    if (oldest === undefined) throw exhausted("open link: too many are open");
    this.#links.delete(oldest[0]);
  }

  /** Keeps a link, and gives its name. Throws as {@linkcode makeRoom}. */
  add(link: OpenLink): string {
    // Others may have come since there was room.
    this.makeRoom(link.thumbprint);
    const id = crypto.getRandomValues(new Uint8Array(32)).toHex();
    const now = this.#clock.now();
    this.#links.set(id, { ...link, packs: 0, openedAtMs: now, usedAtMs: now });
    return id;
  }

  /**
   * Does something with a link, which stays until that is done.
   *
   * @throws {OrbitError} `unauthenticated` when this certificate has no such link, or it is over;
   * `exhausted` (retryable) when too much is done with it.
   */
  async use(
    thumbprint: string,
    id: string | string[] | undefined,
    work: (link: OpenLink) => Promise<void>,
  ): Promise<void> {
    const link = this.#find(thumbprint, id);
    if (link.packs >= MAX_PACKS) throw exhausted("pack: too much is asked for at a time");
    link.packs++;
    try {
      await work(link);
    } finally {
      link.packs--;
      link.usedAtMs = this.#clock.now();
    }
  }

  /** Ends a link; what is on its way still comes. Throws as {@linkcode use}. */
  end(thumbprint: string, id: string | string[] | undefined): void {
    this.#find(thumbprint, id);
    this.#links.delete(id as string);
  }

  #find(thumbprint: string, id: string | string[] | undefined): Kept {
    const link = typeof id === "string" ? this.#links.get(id) : undefined;
    const isGood = link !== undefined && link.thumbprint === thumbprint && !this.#isOver(link);
    if (isGood) return link;
    throw new OrbitError("unauthenticated", "link: there is no such link, or it is over");
  }

  #isOver({ packs, openedAtMs, usedAtMs }: Kept): boolean {
    const now = this.#clock.now();
    return now > openedAtMs + LIFETIME_MS || (packs === 0 && now > usedAtMs + IDLE_MS);
  }
}

function exhausted(message: string): OrbitError {
  return new OrbitError("exhausted", message, { detail: { retryable: true } });
}
