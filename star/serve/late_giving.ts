/** The giving end of a Star, opened when it is first of use: it takes megabytes. */
import { OrbitError } from "#core/errors.ts";
import type { LinkCredentials } from "#core/link/connection.ts";
import type { DialRule } from "#core/link/dialable.ts";
import type { Offering } from "#core/link/offering.ts";
import type { OfferLink } from "#core/remote/link.ts";
import type { Giving, GivingParts } from "./giving.ts";

/** Gives by its port where the Star listens, and by connections that it makes itself. */
export class LateGiving implements Disposable {
  /** What is shown to those who are dialled, as it is now; there once the Star runs. */
  credentials: (() => LinkCredentials) | undefined;
  /** Whom it dials; Stars on this machine, too, when left out. */
  rule: DialRule | undefined;
  readonly #parts: GivingParts;
  #key = "";
  #revoked: ReadonlySet<string> = new Set();
  #opening: Promise<Giving> | undefined;
  #giving: Giving | undefined;
  #offering: Offering | undefined;

  constructor(parts: GivingParts) {
    this.#parts = parts;
  }

  /** One that failed is tried again by the next who asks. */
  open(): Promise<Giving> {
    return this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
  }

  /** Checks grants by the Nucleus's key from here on. */
  learnKey(publicPem: string): void {
    this.#key = publicPem;
    void this.#giving?.learnKey(publicPem);
  }

  /** Gives nothing from here on to who shows one of these certificates; all that there are. */
  learnRevoked(thumbprints: ReadonlySet<string>): void {
    this.#revoked = thumbprints;
  }

  /** Dials whom a grant names, and gives there. */
  readonly offer: OfferLink = async (grant) => {
    const { credentials, rule } = this;
    if (credentials === undefined) {
      throw new OrbitError("unavailable", "offer link: this Star isn't ready yet");
    }
    const { Offering } = await import("#core/link/offering.ts");
    const { answer, verifier } = await this.open();
    const { clock, log } = this.#parts;
    this.#offering ??= new Offering({ answer, verifier, credentials, clock, log, rule });
    await this.#offering.offer(grant);
  };

  [Symbol.dispose](): void {
    this.#giving?.offered.close();
    this.#offering?.[Symbol.dispose]();
  }

  async #open(): Promise<Giving> {
    const { openGiving } = await import("./giving.ts");
    const isRevoked = (thumbprint: string) => this.#revoked.has(thumbprint);
    const giving = await openGiving({ ...this.#parts, isRevoked });
    this.#giving = giving;
    if (this.#key !== "") await giving.learnKey(this.#key);
    return giving;
  }
}
