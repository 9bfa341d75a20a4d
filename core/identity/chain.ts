/** Whether a certificate comes from the authority, and belongs to a key. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import {
  type CertificateFacts,
  certificateFacts,
  isAuthority,
  readCertificate,
} from "./certificate.ts";
import { importPrivateKey, importPublicKey } from "./keys.ts";
import { requireValidNow } from "./lifetime.ts";
import { fromPem } from "./pem.ts";
import type { Secret } from "./secret.ts";
import { isSignedBy } from "./signature.ts";
import * as x509 from "./x509.ts";

/**
 * Checks that the authority signed the certificate itself, and that both hold now with a minute's
 * grace. Look at the `role` of what comes back before trusting it with anything.
 *
 * @throws {OrbitError} `invalid` when either isn't a certificate; `denied` when the certificate is
 * an authority's, another authority signed it, or one of them has expired or doesn't hold yet.
 */
export function checkChain(
  certificatePem: string,
  authorityPem: string,
  clock: Clock,
): CertificateFacts {
  const certificate = readCertificate(fromPem(certificatePem, "CERTIFICATE", "certificate"));
  const authority = readCertificate(fromPem(authorityPem, "CERTIFICATE", "authority certificate"));
  requireAuthority(authority, clock);
  if (isAuthority(certificate)) {
    throw new OrbitError("denied", "check certificate: it is an authority's, not a peer's");
  }
  const facts = certificateFacts(certificate);
  if (!isSignedBy(certificate, authority) || certificate.issuer !== authority.subject) {
    throw new OrbitError("denied", "check certificate: another authority signed it");
  }
  requireValidNow(facts, clock.now(), "certificate");
  return facts;
}

/**
 * Checks that this is the authority which a join token names, before anything is said to it.
 *
 * @param fingerprint SHA-256 of the certificate's DER, lower hexadecimal.
 * @throws {OrbitError} `invalid` when it isn't a certificate; `denied` when it is another one, is
 * no authority's, or doesn't hold now.
 */
export function checkAuthority(
  authorityPem: string,
  fingerprint: string,
  clock: Clock,
): CertificateFacts {
  const authority = readCertificate(fromPem(authorityPem, "CERTIFICATE", "authority certificate"));
  const facts = certificateFacts(authority);
  if (facts.thumbprint !== fingerprint) {
    throw new OrbitError(
      "denied",
      `check authority: its fingerprint is ${facts.thumbprint}, not the expected ${fingerprint}; ` +
        "this is another Nucleus, or somebody in between",
    );
  }
  requireAuthority(authority, clock);
  return facts;
}

/**
 * Checks that the private key is the certificate's.
 *
 * @throws {OrbitError} `invalid` when either can't be read or isn't of Orbit's kind; `conflict`
 * when they don't belong together.
 */
export async function checkKeyPair(certificatePem: string, keyPem: string | Secret): Promise<void> {
  const certificate = readCertificate(fromPem(certificatePem, "CERTIFICATE", "certificate"));
  const key = await importPrivateKey(keyPem, true);
  const ours = await crypto.subtle.exportKey("jwk", key);
  const theirs = await crypto.subtle.exportKey(
    "jwk",
    await importPublicKey(
      certificate.publicKey,
      { name: "ECDSA", hash: { name: "SHA-256" } },
      "certificate",
    ),
  );
  if (ours.crv !== theirs.crv || ours.x !== theirs.x || ours.y !== theirs.y) {
    throw new OrbitError("conflict", "check private key: it isn't this certificate's");
  }
}

/** @throws {OrbitError} `denied` unless it is a self-signed authority's that holds now. */
function requireAuthority(authority: x509.X509Certificate, clock: Clock): void {
  const usages = authority.getExtension(x509.KeyUsagesExtension)?.usages ?? 0;
  const maySign = certificateFacts(authority).role === "authority" &&
    (usages & x509.KeyUsageFlags.keyCertSign) !== 0;
  if (!maySign || !isSignedBy(authority, authority)) {
    throw new OrbitError("denied", "check authority: its certificate isn't an authority's");
  }
  requireValidNow(certificateFacts(authority), clock.now(), "the authority's certificate");
}
