/** The giving end of a Star, opened when it is first of use: it takes megabytes. */
import { OrbitError } from "#core/errors.ts";
import type { LinkCredentials } from "#core/link/connection.ts";
import type { Offering } from "#core/link/offering.ts";
import type { OfferLink } from "#core/remote/link.ts";
import type { Giving, GivingParts } from "./giving.ts";

/** Gives by its port where the Star listens, and by connections that it makes itself. */
export class LateGiving implements Disposable {
  /** What is shown to those who are dialled, as it is now; there once the Star runs. */
  credentials: (() => LinkCredentials) | undefined;
  readonly #parts: GivingParts;
  #key = "";
  #revoked: ReadonlySet<string> = new Set();
  #giving: Promise<Giving> | undefined;
  #offering: Promise<Offering> | undefined;

  constructor(parts: GivingParts) {
    this.#parts = parts;
  }

  open(): Promise<Giving> {
    return this.#giving ??= this.#open();
  }

  /** Checks grants by the Nucleus's key from here on. */
  learnKey(publicPem: string): void {
    this.#key = publicPem;
    void this.#giving?.then((giving) => giving.learnKey(publicPem));
  }

  /** Gives nothing from here on to who shows one of these certificates; all that there are. */
  learnRevoked(thumbprints: ReadonlySet<string>): void {
    this.#revoked = thumbprints;
  }

  /** Dials whom a grant names, and gives there. */
  readonly offer: OfferLink = async (grant) => {
    const offering = await (this.#offering ??= this.#offer());
    await offering.offer(grant);
  };

  [Symbol.dispose](): void {
    void this.#giving?.then(({ offered }) => offered.close());
    void this.#offering?.then((offering) => offering[Symbol.dispose]());
  }

  async #open(): Promise<Giving> {
    const { openGiving } = await import("./giving.ts");
    const isRevoked = (thumbprint: string) => this.#revoked.has(thumbprint);
    const giving = await openGiving({ ...this.#parts, isRevoked });
    if (this.#key !== "") await giving.learnKey(this.#key);
    return giving;
  }

  async #offer(): Promise<Offering> {
    const { credentials } = this;
    if (credentials === undefined) {
      throw new OrbitError("unavailable", "offer link: this Star isn't ready yet");
    }
    const { Offering } = await import("#core/link/offering.ts");
    const { answer, verifier } = await this.open();
    const { clock, log } = this.#parts;
    return new Offering({ answer, verifier, credentials, clock, log });
  }
}
