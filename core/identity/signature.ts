/**
 * A certificate's signature, checked byte by byte around what it covers. Parsers are lenient about
 * encodings: through one, many byte strings, with as many thumbprints, would be one certificate.
 */
import { Buffer } from "node:buffer";
import { createPublicKey, verify } from "node:crypto";
import type { X509Certificate } from "./x509.ts";

const SEQUENCE = 0x30;
const BIT_STRING = 0x03;

/** The algorithm of every signature that Orbit makes, ecdsa-with-SHA256, as DER. */
const ALGORITHM = Buffer.from("300a06082a8648ce3d040302", "hex");

/**
 * Whether the authority's key signed the certificate with ECDSA and SHA-256, and not a byte is
 * other than the authority made it. What can't be understood is not signed.
 */
export function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  const parts = splitSigned(new Uint8Array(certificate.rawData));
  if (parts === undefined) return false;
  try {
    const spki = Buffer.from(authority.publicKey.rawData);
    const key = createPublicKey({ key: spki, format: "der", type: "spki" });
    return verify("sha256", parts.signed, { key, dsaEncoding: "der" }, parts.signature);
  } catch {
    return false;
  }
}

/** What is signed, and the signature; undefined for another algorithm or loose encoding. */
function splitSigned(der: Uint8Array): { signed: Uint8Array; signature: Uint8Array } | undefined {
  const whole = readValue(der, 0, SEQUENCE);
  if (whole === undefined || whole.end !== der.length) return undefined;
  const signed = readValue(der, whole.start, SEQUENCE);
  if (signed === undefined) return undefined;
  const algorithmEnd = signed.end + ALGORITHM.length;
  if (!ALGORITHM.equals(der.subarray(signed.end, algorithmEnd))) return undefined;
  const bits = readValue(der, algorithmEnd, BIT_STRING);
  // The first byte of a bit string tells how many bits of the last are unused.
  if (bits === undefined || bits.end !== der.length || der[bits.start] !== 0) return undefined;
  return {
    signed: der.subarray(whole.start, signed.end),
    signature: der.subarray(bits.start + 1, bits.end),
  };
}

/** Where the content of the value at `at` starts and ends, if it has that tag and fits. */
function readValue(
  der: Uint8Array,
  at: number,
  tag: number,
): { start: number; end: number } | undefined {
  if (at + 2 > der.length || der[at] !== tag) return undefined;
  const first = der[at + 1];
  const width = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || width > 2) return undefined;
  const start = at + 2 + width;
  let length = width === 0 ? first : 0;
  for (let i = 0; i < width; i++) length = length << 8 | der[at + 2 + i];
  const shortest = width === 0 || length >= (width === 1 ? 0x80 : 0x100);
  return shortest && start + length <= der.length ? { start, end: start + length } : undefined;
}
