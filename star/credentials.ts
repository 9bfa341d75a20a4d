/**
 * A Star's certificate, key and authority as one file: it is replaced as a whole, so that no crash
 * leaves a certificate beside another one's key.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { OrbitError, toErrorData } from "#core/errors.ts";
import type { Validity } from "#core/identity/lifetime.ts";
import { type StarId, starOfUri } from "#core/identity/names.ts";
import { Secret } from "#core/identity/secret.ts";

/** A Star's certificate with its key, and what it trusts; all PEM. */
export interface Credentials {
  readonly certificatePem: string;
  readonly keyPem: Secret;
  readonly authorityPem: string;
}

/** Credentials that fit together. */
export interface CheckedCredentials extends Credentials, Validity {
  /** Whose certificate it is. */
  readonly starId: StarId;
}

/** Credentials as the bytes of their file, which nobody else may read. */
export function formatCredentials(credentials: Credentials): Secret {
  const { certificatePem: certificate, keyPem, authorityPem: authority } = credentials;
  const record = { version: 1, certificate, key: keyPem.reveal(), authority };
  return new Secret(JSON.stringify(record, null, 2) + "\n");
}

/** @throws {OrbitError} `corrupt` when the text isn't credentials that fit together. */
export function parseCredentials(text: string): CheckedCredentials {
  try {
    const { version, certificate, key, authority } = JSON.parse(text);
    if (version !== 1) throw new Error(`version ${version} is not known to this Orbit`);
    if (![certificate, key, authority].every((part) => typeof part === "string")) {
      throw new Error("certificate, key or authority is missing");
    }
    return checkCredentials({
      certificatePem: certificate,
      keyPem: new Secret(key),
      authorityPem: authority,
    });
  } catch (cause) {
    const why = toErrorData(cause).message;
    throw new OrbitError("corrupt", `read the Star's credentials: ${why}; join again`, { cause });
  }
}

/**
 * Reads whose the certificate is and how long it holds, and checks that key and authority are its
 * own. The runtime's reader does: the library that makes certificates costs a Star more memory
 * than all its own state.
 *
 * @throws {Error} when they don't fit together.
 */
export function checkCredentials(credentials: Credentials): CheckedCredentials {
  const certificate = new X509Certificate(credentials.certificatePem);
  const authority = new X509Certificate(credentials.authorityPem);
  const starId = starIdOf(certificate);
  if (starId === undefined) throw new Error("the certificate is no Star's");
  if (!certificate.checkPrivateKey(createPrivateKey(credentials.keyPem.reveal()))) {
    throw new Error("the key isn't the certificate's");
  }
  if (!certificate.verify(authority.publicKey)) {
    throw new Error("the certificate is from another authority");
  }
  const notBefore = Date.parse(certificate.validFrom), notAfter = Date.parse(certificate.validTo);
  if (Number.isNaN(notBefore + notAfter)) throw new Error("the certificate has no dates");
  return { ...credentials, starId, notBefore, notAfter };
}

function starIdOf(certificate: X509Certificate): StarId | undefined {
  const names = certificate.subjectAltName?.split(", ") ?? [];
  const uris = names.filter((name) => name.startsWith("URI:"));
  return uris.length === 1 ? starOfUri(uris[0].slice("URI:".length)) : undefined;
}
