/** PEM, strictly: one block of the expected kind, holding exactly one DER value. */
import { createHash } from "node:crypto";
import { OrbitError } from "#core/errors.ts";

/** Nothing with a certificate, a request or a key in it may be larger, as PEM or DER. */
export const MAX_PEM_BYTES = 16 * 1024;

export type PemLabel = "CERTIFICATE" | "CERTIFICATE REQUEST" | "PRIVATE KEY" | "PUBLIC KEY";

/**
 * The bytes in a PEM text.
 *
 * @param what What the text is to the caller, for the error: `certificate`.
 * @throws {OrbitError} `invalid` when it is too large, isn't one block of that label, or holds
 * anything but one DER sequence.
 */
export function fromPem(pem: string, label: PemLabel, what: string): Uint8Array<ArrayBuffer> {
  if (typeof pem !== "string") throw new OrbitError("invalid", `read ${what}: not text`);
  if (pem.length > MAX_PEM_BYTES) {
    throw new OrbitError("invalid", `read ${what}: larger than ${MAX_PEM_BYTES} bytes`);
  }
  const text = pem.trim();
  const begin = `-----BEGIN ${label}-----`, end = `-----END ${label}-----`;
  if (!text.startsWith(begin) || !text.endsWith(end) || text.length < begin.length + end.length) {
    throw new OrbitError("invalid", `read ${what}: not one PEM block "${begin}"`);
  }
  const bytes = fromBase64(text.slice(begin.length, -end.length), what);
  requireOneSequence(bytes, what);
  return bytes;
}

/** The PEM text of DER bytes, ending in a newline. */
export function toPem(der: ArrayBuffer | Uint8Array, label: PemLabel): string {
  const bytes = der instanceof Uint8Array ? der : new Uint8Array(der);
  const base64 = btoa(String.fromCharCode(...bytes));
  const lines = base64.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/**
 * Checks that the bytes are one DER sequence and nothing behind it: a parser that stops early
 * would let two different byte strings mean the same certificate.
 *
 * @throws {OrbitError} `invalid`
 */
export function requireOneSequence(der: Uint8Array, what: string): void {
  if (der.length > MAX_PEM_BYTES) {
    throw new OrbitError("invalid", `read ${what}: larger than ${MAX_PEM_BYTES} bytes`);
  }
  if (sequenceLength(der) !== der.length) {
    throw new OrbitError("invalid", `read ${what}: not one DER sequence`);
  }
}

/** The whole length that the header announces; NaN when there is no such header. */
function sequenceLength(der: Uint8Array): number {
  if (der.length < 2 || der[0] !== 0x30) return NaN;
  const first = der[1];
  if (first < 0x80) return 2 + first;
  const width = first & 0x7f;
  if (width < 1 || width > 2 || der.length < 2 + width) return NaN;
  const length = width === 1 ? der[2] : der[2] << 8 | der[3];
  return 2 + width + length;
}

/** SHA-256 in lower hexadecimal: how certificates are named everywhere in Orbit. */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

function fromBase64(text: string, what: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch (cause) {
    throw new OrbitError("invalid", `read ${what}: not base64 between the PEM lines`, { cause });
  }
}
