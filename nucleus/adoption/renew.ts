/** How a Star gets its next certificate. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { OrbitError } from "#core/errors.ts";
import type { StarId } from "#core/identity/mod.ts";
import type { RenewRequest, RenewResponseSchema } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { GridStore, Star } from "../store/mod.ts";
import type { AdoptionParts } from "./join.ts";
import { checkCertificateRequest } from "./join_request.ts";
import { tooOften } from "./refusals.ts";

const ACTION = "star.renew";

/** A Star as it shows itself: by a certificate whose key it has proved to hold. */
export interface ShownIdentity {
  starId: StarId;
  /** Lower hexadecimal. */
  serial: string;
}

/**
 * The Star that may come in with a certificate.
 *
 * @throws {OrbitError} `denied` when it is unknown or revoked, or its certificate is.
 */
export function admitStar(store: GridStore, { starId, serial }: ShownIdentity): Star {
  const star = store.stars.byId(starId);
  const refuse = (why: string) => new OrbitError("denied", `let Star ${starId} in: ${why}`);
  if (!star) throw refuse("unknown here; join again");
  if (star.standing === "revoked") throw refuse("it is revoked");
  if (store.stars.isRevoked(serial)) throw refuse("its certificate is revoked");
  return star;
}

/** Issues a Star's next certificate. */
export async function renewCertificate(
  parts: AdoptionParts,
  request: RenewRequest,
  shown: ShownIdentity,
  address: string,
): Promise<MessageInitShape<typeof RenewResponseSchema>> {
  const { store, authority, attempts, refusals } = parts;
  const { starId } = shown;
  const actor = { kind: "star" as const, id: starId, address };
  try {
    const { name } = admitStar(store, shown);
    if (!attempts.tryRenew(starId)) throw tooOften("renew");
    const csrPem = request.certificateRequest;
    checkCertificateRequest("renew", csrPem);
    const lifetimeMs = parts.certificateLifetimeMs;
    const issued = await authority.issueStar({ csrPem, starId, name, lifetimeMs });
    const { serial, thumbprint, notAfter } = issued;
    store.transact(() => {
      // It may have been revoked while the certificate was made.
      admitStar(store, shown);
      store.stars.setCertificate(starId, { serial, thumbprint, notAfter });
      const detail = { serial, before: shown.serial };
      store.audit.append({ actor, action: ACTION, target: starId, outcome: "allowed", detail });
    });
    return { certificate: issued.certificatePem };
  } catch (error) {
    const reason = error instanceof OrbitError ? error.message : "failed unexpectedly";
    refusals.record({ actor, action: ACTION, target: starId, reason });
    throw error;
  }
}
