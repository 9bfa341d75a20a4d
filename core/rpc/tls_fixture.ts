/** An authority and certificates, for tests. */
import { ManualClock, systemClock } from "#core/clock.ts";
import {
  type Authority,
  createAuthority,
  createKeyAndRequest,
  createStarId,
  type NewAuthority,
  openAuthority,
} from "#core/identity/mod.ts";
import type { ClientTls } from "./server_check.ts";
import type { ServerTls } from "./tls_port.ts";

/** A grid's authority with what it vouches for. */
export interface TlsFixture {
  authority: Authority;
  authorityFiles: NewAuthority;
  server: ServerTls;
  /** A Star's certificate, which is good for `ms` from now. */
  client(ms?: number): Promise<ClientTls>;
  /** A client that shows no certificate. */
  stranger: ClientTls;
}

export async function createTlsFixture(): Promise<TlsFixture> {
  const clock = systemClock;
  const before = new ManualClock(Date.now() - 30 * 86_400_000);
  const authorityFiles = await createAuthority({ clock: before });
  const authority = await openAuthority({ ...authorityFiles, clock });
  const { certificatePem: authorityPem } = authority;
  const { certificatePem, keyPem } = await authority.issueNucleus({
    names: ["localhost", "127.0.0.1"],
  });
  return {
    authority,
    authorityFiles,
    server: { authorityPem, certificatePem, keyPem },
    stranger: { authorityPem },
    async client(lifetimeMs) {
      const { keyPem, csrPem } = await createKeyAndRequest();
      const starId = createStarId();
      const issued = await authority.issueStar({ csrPem, starId, name: "a star", lifetimeMs });
      return { authorityPem, certificatePem: issued.certificatePem, keyPem };
    },
  };
}
