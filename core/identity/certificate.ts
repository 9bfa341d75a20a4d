/** What a certificate says, read without believing it: nothing here checks who signed it. */
import { OrbitError } from "#core/errors.ts";
import type { Validity } from "./lifetime.ts";
import { NUCLEUS_URI, type StarId, starOfUri } from "./names.ts";
import { fromPem, requireOneSequence, sha256Hex } from "./pem.ts";
import * as x509 from "./x509.ts";

/** Whose certificate it is, by the names in it. */
export type Role = "star" | "nucleus" | "authority" | "other";

/** What a certificate says. */
export interface CertificateFacts extends Validity {
  /**
   * `star` and `nucleus` only when the certificate has exactly one URI among its names, it is that
   * role's, and nothing else in it is unclear.
   */
  role: Role;
  /** The Star it belongs to, when the role is `star`. */
  starId?: StarId;
  /** The name for people; anything at all may be in it. */
  commonName: string;
  /** The serial number, lower hexadecimal. */
  serial: string;
  /** SHA-256 of the DER, lower hexadecimal; an authority's is called its fingerprint. */
  thumbprint: string;
  dnsNames: string[];
  ipAddresses: string[];
}

/**
 * Reads a certificate. It may be anyone's: who signed it is {@linkcode checkChain}'s business, or
 * TLS's.
 *
 * @throws {OrbitError} `invalid` when it isn't one certificate of at most 16 KiB.
 */
export function parseCertificate(pem: string): CertificateFacts {
  return certificateFacts(readCertificate(fromPem(pem, "CERTIFICATE", "certificate")));
}

/** A certificate as the library sees it. @throws {OrbitError} `invalid` */
export function readCertificate(der: Uint8Array): x509.X509Certificate {
  requireOneSequence(der, "certificate");
  try {
    // A copy: a Buffer from TLS may lie in a larger ArrayBuffer, and may be reused.
    const certificate = new x509.X509Certificate(Uint8Array.from(der));
    // The library parses most things when first asked; asking here keeps its errors here.
    void certificate.extensions, certificate.publicKey, certificate.signatureAlgorithm;
    void certificate.notBefore, certificate.notAfter, certificate.subjectName.getField("CN");
    return certificate;
  } catch (cause) {
    throw new OrbitError("invalid", "read certificate: not an X.509 certificate", { cause });
  }
}

/** What a certificate says. */
export function certificateFacts(certificate: x509.X509Certificate): CertificateFacts {
  const names = alternativeNames(certificate);
  const owner = readOwner(certificate, names);
  return {
    ...owner,
    commonName: certificate.subjectName.getField("CN")[0] ?? "",
    serial: certificate.serialNumber,
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
    thumbprint: sha256Hex(new Uint8Array(certificate.rawData)),
    dnsNames: names.filter(({ type }) => type === "dns").map(({ value }) => value),
    ipAddresses: names.filter(({ type }) => type === "ip").map(({ value }) => value),
  };
}

/** Extensions that are understood: one that is critical and not here makes a certificate useless. */
const KNOWN_EXTENSIONS = new Set([
  "2.5.29.14", // subject key identifier
  "2.5.29.15", // key usage
  "2.5.29.17", // subject alternative name
  "2.5.29.19", // basic constraints
  "2.5.29.35", // authority key identifier
  "2.5.29.37", // extended key usage
]);

function readOwner(
  certificate: x509.X509Certificate,
  names: readonly x509.JsonGeneralName[],
): Pick<CertificateFacts, "role" | "starId"> {
  if (!hasClearExtensions(certificate)) return { role: "other" };
  const uris = names.filter(({ type }) => type === "url").map(({ value }) => value);
  const known = names.every(({ type }) => type === "url" || type === "dns" || type === "ip");
  if (isAuthority(certificate)) return { role: names.length === 0 ? "authority" : "other" };
  if (uris.length !== 1 || !known) return { role: "other" };
  if (uris[0] === NUCLEUS_URI) return { role: "nucleus" };
  const starId = starOfUri(uris[0]);
  return starId === undefined ? { role: "other" } : { role: "star", starId };
}

/** Whether each extension is there at most once, and every critical one is understood. */
function hasClearExtensions(certificate: x509.X509Certificate): boolean {
  const types = certificate.extensions.map(({ type }) => type);
  return new Set(types).size === types.length &&
    certificate.extensions.every(({ type, critical }) => !critical || KNOWN_EXTENSIONS.has(type));
}

/** Whether it may sign other certificates. */
export function isAuthority(certificate: x509.X509Certificate): boolean {
  return certificate.getExtension(x509.BasicConstraintsExtension)?.ca === true;
}

function alternativeNames(certificate: x509.X509Certificate): x509.JsonGeneralName[] {
  const extensions = certificate.getExtensions(x509.SubjectAlternativeNameExtension);
  return Array.from(extensions).flatMap(({ names }) => Array.from(names.toJSON()));
}
