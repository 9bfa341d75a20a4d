/**
 * Identity: certificates, keys, tokens and secrets. The one place that makes and judges them; it
 * knows no network and no database.
 *
 * @module
 */
export {
  type Authority,
  createAuthority,
  type CreateAuthorityOptions,
  type IssuedNucleus,
  type NewAuthority,
  NUCLEUS_LIFETIME_MS,
  type NucleusCertificateRequest,
  openAuthority,
  STAR_LIFETIME_MS,
  type StarCertificateRequest,
} from "./authority.ts";
export type { IssuedCertificate } from "./issue.ts";
export { type CertificateFacts, parseCertificate, type Role } from "./certificate.ts";
export { checkAuthority, checkChain, checkKeyPair } from "./chain.ts";
export { BACKDATE_MS, CLOCK_SKEW_MS, renewAt, type Validity } from "./lifetime.ts";
export {
  createStarId,
  NUCLEUS_SERVER_NAME,
  parseStarId,
  type StarId,
  starServerName,
} from "./names.ts";
export {
  type NucleusPeer,
  type OtherPeer,
  type Peer,
  type PeerCertificate,
  readPeer,
  requireNucleus,
  requireStar,
  type StarPeer,
} from "./peer.ts";
export { createKeyAndRequest, type KeyAndRequest } from "./request.ts";
export {
  createJoinToken,
  JOIN_TOKEN_LIFETIME_MAX_MS,
  type JoinToken,
  type NewJoinToken,
  parseJoinToken,
} from "./join_token.ts";
export { type ApiToken, createApiToken, type NewApiToken, parseApiToken } from "./api_token.ts";
export { hashSecret, verifySecret } from "./token_text.ts";
export { Secret } from "./secret.ts";
export { readSecretFile, writePrivateFile } from "./secret_file.ts";
export { type FoundSecret, readSecret, type SecretSources } from "./read_secret.ts";
