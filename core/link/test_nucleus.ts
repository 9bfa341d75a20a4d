/** A Nucleus as far as links need one, for tests: it vouches for Stars, and signs grants. */
import { systemClock } from "#core/clock.ts";
import {
  type Authority,
  createAuthority,
  createKeyAndRequest,
  createStarId,
  openAuthority,
  type StarId,
} from "#core/identity/mod.ts";
import { createGrantKeys, GrantSigner, GrantVerifier, type LinkCredentials } from "./mod.ts";

const clock = systemClock;

export class TestNucleus {
  readonly #authority: Authority;
  /** What its grants are checked with. */
  readonly publicPem: string;
  readonly signer: GrantSigner;

  private constructor(authority: Authority, publicPem: string, signer: GrantSigner) {
    this.#authority = authority;
    this.publicPem = publicPem;
    this.signer = signer;
  }

  static async open(): Promise<TestNucleus> {
    const authority = await openAuthority({ ...await createAuthority({ clock }), clock });
    const { publicPem, privatePem } = await createGrantKeys();
    return new TestNucleus(authority, publicPem, await GrantSigner.open(privatePem, clock));
  }

  /** What a Star shows. */
  async issue(starId = createStarId()): Promise<LinkCredentials> {
    const { csrPem, keyPem } = await createKeyAndRequest();
    const issued = await this.#authority.issueStar({ csrPem, starId, name: "star" });
    const { certificatePem: authorityPem } = this.#authority;
    return { authorityPem, certificatePem: issued.certificatePem, keyPem };
  }

  /** What a Star that gives checks grants with. */
  verifierFor(star: StarId): Promise<GrantVerifier> {
    return GrantVerifier.open(this.publicPem, star, clock);
  }
}
