/** Keys: making them, and taking strangers' public ones. */
import { OrbitError } from "#core/errors.ts";
import { fromPem, toPem } from "./pem.ts";
import { reveal, Secret } from "./secret.ts";
import type { PublicKey } from "./x509.ts";

/** What Orbit's own keys are, and how they sign. */
export const OWN_KEY = { name: "ECDSA", namedCurve: "P-256" } as const;
export const OWN_SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

const CURVES = ["P-256", "P-384"];
const HASHES = ["SHA-256", "SHA-384", "SHA-512"];
const RSA_BITS_MIN = 2048;
const RSA_BITS_MAX = 4096;
/** 65537 in base64url, the one exponent in use. */
const RSA_EXPONENT = "AQAB";

/** A new key pair of Orbit's kind. */
export function createKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(OWN_KEY, true, ["sign", "verify"]);
}

/** The private key as PKCS #8 in PEM, which `node:tls` and grpc-js take. */
export async function exportPrivateKey(key: CryptoKey): Promise<Secret> {
  return new Secret(toPem(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY"));
}

/**
 * A private key of Orbit's kind.
 *
 * @throws {OrbitError} `invalid` when it isn't PKCS #8 in PEM with an ECDSA P-256 key.
 */
export async function importPrivateKey(
  pem: string | Secret,
  extractable: boolean,
): Promise<CryptoKey> {
  const der = fromPem(reveal(pem), "PRIVATE KEY", "private key");
  try {
    return await crypto.subtle.importKey("pkcs8", der, OWN_KEY, extractable, ["sign"]);
  } catch {
    // The cause is left out: it must not carry anything of a private key.
    throw new OrbitError("invalid", "read private key: not an ECDSA P-256 key in PKCS #8");
  }
}

/** How something says it is signed. */
export interface SignatureAlgorithm {
  name: string;
  hash?: { name: string };
}

/**
 * A stranger's public key, for checking signatures of that algorithm: ECDSA on P-256 or P-384, or
 * RSA with 2048 to 4096 bits, the exponent 65537 and PKCS #1 signatures; with SHA-256 or longer.
 *
 * @throws {OrbitError} `invalid` when it is weaker, larger, or of another kind.
 */
export async function importPublicKey(
  key: PublicKey,
  signature: SignatureAlgorithm,
  what: string,
): Promise<CryptoKey> {
  const refuse = (why: string) => new OrbitError("invalid", `read ${what}: ${why}`);
  const hash = signature.hash?.name ?? "none";
  if (!HASHES.includes(hash)) throw refuse(`signed with the hash ${hash}, not SHA-256 or longer`);

  const { name, namedCurve } = key.algorithm as Algorithm & { namedCurve?: string };
  if (name !== signature.name) throw refuse("key and signature are of different kinds");
  const isCurve = name === "ECDSA" && namedCurve !== undefined && CURVES.includes(namedCurve);
  if (!isCurve && name !== "RSASSA-PKCS1-v1_5") {
    throw refuse("its key isn't ECDSA on P-256 or P-384, nor RSA");
  }
  const parameters = isCurve ? { name, namedCurve } : { name, hash };
  const imported = await crypto.subtle.importKey("spki", key.rawData, parameters, true, ["verify"])
    .catch(() => {
      throw refuse("its key isn't well formed");
    });
  if (!isCurve) requireStrongRsa(await crypto.subtle.exportKey("jwk", imported), refuse);
  return imported;
}

function requireStrongRsa(key: JsonWebKey, refuse: (why: string) => OrbitError): void {
  const modulus = atob((key.n ?? "").replaceAll("-", "+").replaceAll("_", "/")).replace(/^\0+/, "");
  const bits = modulus.length * 8 - Math.clz32(modulus.charCodeAt(0) || 0) + 24;
  if (!(bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX)) {
    throw refuse(`its RSA key has ${bits} bits, not ${RSA_BITS_MIN} to ${RSA_BITS_MAX}`);
  }
  if (key.e !== RSA_EXPONENT) throw refuse("its RSA key has another exponent than 65537");
}
