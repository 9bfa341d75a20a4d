/** Joining a grid: from a token to an identity with a certificate. */
import type { Clock } from "#core/clock.ts";
import { formatAddress, type PeerAddress } from "#core/config/mod.ts";
import { OrbitError } from "#core/errors.ts";
import {
  checkAuthority,
  checkChain,
  checkKeyPair,
  createKeyAndRequest,
  NUCLEUS_SERVER_NAME,
  parseJoinToken,
  parseStarId,
  type Secret,
} from "#core/identity/mod.ts";
import { decodeName } from "#core/names.ts";
import { openGrpcCaller } from "#core/rpc/mod.ts";
import { findAuthority } from "#core/rpc/find_authority.ts";
import { type JoinResponse, NucleusService } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { Credentials } from "../credentials.ts";
import type { StarIdentity } from "../state.ts";

const TIMEOUT_MS = 30_000;

/** What is needed to join. */
export interface JoinOrder {
  token: Secret;
  nucleus: PeerAddress;
  /** What this machine calls itself; the token's name goes before it. */
  hostname: string;
  version: string;
}

/** What joining gives. */
export interface Joined {
  identity: StarIdentity;
  credentials: Credentials;
  /** False until somebody approves the Star. */
  approved: boolean;
}

/**
 * Joins the grid of the Nucleus at an address: makes sure that it is the one which the token is of,
 * before anything is said; makes a key, which never leaves this machine; asks for a certificate
 * with the token; and checks what comes back. Writes nothing.
 *
 * @throws {OrbitError} `invalid` for a bad token, `unavailable` when the Nucleus can't be reached,
 * `denied` when it is another one or refuses the token, `corrupt` when its answer makes no sense.
 */
export async function joinGrid(
  order: JoinOrder,
  { clock, signal }: { clock: Clock; signal?: AbortSignal },
): Promise<Joined> {
  const token = parseJoinToken(order.token.reveal());
  const fingerprint = token.authorityFingerprint;
  const authorityPem = await findAuthority(order.nucleus, fingerprint, {
    ...{ clock, signal, action: "join" },
  });
  const { keyPem, csrPem } = await createKeyAndRequest();
  await using caller = openGrpcCaller({
    address: formatAddress(order.nucleus),
    tls: { authorityPem, serverName: NUCLEUS_SERVER_NAME },
  });
  const response = await caller.unary(NucleusService.method.join, {
    tokenId: token.id,
    tokenSecret: token.secret.reveal(),
    certificateRequest: csrPem,
    hostname: order.hostname,
    version: order.version,
  }, { signal, timeoutMs: TIMEOUT_MS });
  await checkResponse(response, fingerprint, clock);
  await checkKeyPair(response.certificate, keyPem);
  return {
    identity: {
      starId: parseStarId(response.starId),
      name: response.name,
      constellation: response.constellation,
      nucleus: order.nucleus,
      roots: response.roots.map(decodeName),
      joinedAtMs: clock.now(),
    },
    credentials: { certificatePem: response.certificate, keyPem, authorityPem },
    approved: response.approved,
  };
}

/** A Nucleus may be mistaken, too: what it gave must be a certificate of this very Star. */
async function checkResponse(
  response: JoinResponse,
  fingerprint: string,
  clock: Clock,
): Promise<void> {
  await checkAuthority(response.authority, fingerprint, clock);
  const { role, starId } = await checkChain(response.certificate, response.authority, clock);
  if (role !== "star" || starId !== response.starId) {
    throw new OrbitError("corrupt", "join: the Nucleus gave a certificate that isn't this Star's");
  }
  if (response.name === "" || response.constellation === "") {
    throw new OrbitError("corrupt", "join: the Nucleus gave this Star no name");
  }
}
