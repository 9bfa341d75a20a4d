/** Who is at the other end of a TLS connection, and whether it is who it has to be. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { type CertificateFacts, certificateFacts, readCertificate } from "./certificate.ts";
import { requireValidNow, type Validity } from "./lifetime.ts";
import type { StarId } from "./names.ts";
import { sha256Hex } from "./pem.ts";

interface PeerFacts extends Validity {
  /** The certificate's serial number, lower hexadecimal. */
  serial: string;
  /** SHA-256 of the certificate's DER, lower hexadecimal. */
  thumbprint: string;
}

/** A Star at the other end. */
export interface StarPeer extends PeerFacts {
  role: "star";
  starId: StarId;
}

/** The Nucleus at the other end. */
export interface NucleusPeer extends PeerFacts {
  role: "nucleus";
}

/** Something else that the authority vouches for. */
export interface OtherPeer extends PeerFacts {
  role: "authority" | "other";
}

/** Who is at the other end of a connection. */
export type Peer = StarPeer | NucleusPeer | OtherPeer;

/** A certificate in DER, or what `getPeerCertificate()` of `node:tls` and grpc-js returns. */
export type PeerCertificate = Uint8Array | { raw?: Uint8Array } | null | undefined;

/**
 * Reads who the peer is from the certificate of an established connection, and that the
 * certificate still holds: TLS looks at that only once, when a connection begins.
 *
 * It doesn't check the signature. TLS has, where the connection was made with Orbit's authority as
 * the only one trusted and with unauthorised peers rejected; for a certificate from anywhere else
 * there is {@linkcode checkChain}.
 *
 * @throws {OrbitError} `denied` when there is no certificate, it can't be read, has expired, or
 * doesn't hold yet (with a minute's grace).
 */
export function readPeer(certificate: PeerCertificate, clock: Clock): Peer {
  const der = certificate instanceof Uint8Array ? certificate : certificate?.raw;
  if (!(der instanceof Uint8Array)) {
    throw new OrbitError("denied", "check peer: it showed no certificate");
  }
  const { role, starId, serial, thumbprint, notBefore, notAfter } = readFacts(der);
  requireValidNow({ notBefore, notAfter }, clock.now(), "the peer's certificate");
  const facts = { serial, thumbprint, notBefore, notAfter };
  return role === "star" ? { role, starId: starId!, ...facts } : { role, ...facts };
}

/**
 * The peer, when it is a Star.
 *
 * @param starId The Star it has to be; any, when left out.
 * @throws {OrbitError} `denied`
 */
export function requireStar(peer: Peer, starId?: StarId): StarPeer {
  if (peer.role !== "star") throw wrongRole(peer, "a Star's");
  if (starId !== undefined && peer.starId !== starId) {
    throw new OrbitError("denied", `check peer: it is Star ${peer.starId}, not Star ${starId}`);
  }
  return peer;
}

/**
 * The peer, when it is the Nucleus.
 *
 * @throws {OrbitError} `denied`, for a Star's certificate as for any other.
 */
export function requireNucleus(peer: Peer): NucleusPeer {
  if (peer.role !== "nucleus") throw wrongRole(peer, "a Nucleus's");
  return peer;
}

function wrongRole(peer: Peer, needed: string): OrbitError {
  const shown = { star: "a Star's", nucleus: "a Nucleus's", authority: "an authority's" };
  const role = peer.role === "other" ? "neither a Star's nor a Nucleus's" : shown[peer.role];
  return new OrbitError("denied", `check peer: its certificate is ${role}, not ${needed}`);
}

/**
 * What the certificates seen last say, by thumbprint: reading one takes milliseconds, and servers
 * ask at every call. What a certificate says never changes; whether it holds is checked each time.
 */
const known = new Map<string, CertificateFacts>();
const MAX_KNOWN = 4096;

function readFacts(der: Uint8Array): CertificateFacts {
  const thumbprint = sha256Hex(der);
  const facts = known.get(thumbprint) ?? parseFacts(der);
  // Set anew, it is the youngest; the eldest goes.
  known.delete(thumbprint);
  known.set(thumbprint, facts);
  if (known.size > MAX_KNOWN) known.delete(known.keys().next().value!);
  return facts;
}

function parseFacts(der: Uint8Array): CertificateFacts {
  try {
    return certificateFacts(readCertificate(der));
  } catch (cause) {
    throw new OrbitError("denied", "check peer: its certificate can't be read", { cause });
  }
}
