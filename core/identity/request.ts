/**
 * Certificate requests (PKCS #10): making one beside the key that stays, and taking from a
 * stranger's the one thing that is believed, its public key.
 */
import { OrbitError } from "#core/errors.ts";
import { createKeys, exportPrivateKey, importPublicKey, OWN_SIGNATURE } from "./keys.ts";
import { fromPem, toPem } from "./pem.ts";
import type { Secret } from "./secret.ts";
import * as x509 from "./x509.ts";

/** A key, and the request for a certificate of it. */
export interface KeyAndRequest {
  /** The private key, PKCS #8 in PEM; it never leaves the machine. */
  keyPem: Secret;
  /** The request, PKCS #10 in PEM, for the authority. */
  csrPem: string;
}

/** Makes a new ECDSA P-256 key and a request for its certificate. */
export async function createKeyAndRequest(): Promise<KeyAndRequest> {
  const keys = await createKeys();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: ["orbit"] }],
    keys,
    signingAlgorithm: OWN_SIGNATURE,
  });
  return {
    keyPem: await exportPrivateKey(keys.privateKey),
    csrPem: toPem(request.rawData, "CERTIFICATE REQUEST"),
  };
}

/**
 * The public key of a request whose sender has shown to hold the private one. Subject, names and
 * extensions that it asks for are not looked at.
 *
 * @throws {OrbitError} `invalid` when it is larger than 16 KiB, isn't a request, its key is weak or
 * of an unknown kind, or its signature isn't made with that key.
 */
export async function readRequestedKey(csrPem: string): Promise<CryptoKey> {
  const what = "certificate request";
  const der = fromPem(csrPem, "CERTIFICATE REQUEST", what);
  const { request, publicKey, signature } = parseRequest(der);
  const key = await importPublicKey(publicKey, signature, what);
  // The library throws for signatures of the wrong shape.
  const fits = await request.verify().catch(() => false);
  if (!fits) {
    throw new OrbitError("invalid", `read ${what}: its signature isn't made with its key`);
  }
  return key;
}

function parseRequest(der: Uint8Array<ArrayBuffer>) {
  try {
    const request = new x509.Pkcs10CertificateRequest(der);
    return { request, publicKey: request.publicKey, signature: request.signatureAlgorithm };
  } catch (cause) {
    throw new OrbitError("invalid", "read certificate request: not PKCS #10", { cause });
  }
}
