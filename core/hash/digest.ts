/** Digests as bytes and as text. */
import { OrbitError } from "#core/errors.ts";

/** Bytes of a BLAKE3 digest. */
export const HASH_BYTES = 32;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes as lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += HEX[bytes[i]];
  return text;
}

/**
 * The inverse of {@linkcode toHex}, and of nothing else: only lower-case digits, an even number
 * of them, without prefix or spaces.
 *
 * @param length Bytes that the text must stand for; any number when left out.
 * @throws `invalid`
 */
export function fromHex(text: string, length = text.length / 2): Uint8Array<ArrayBuffer> {
  if (text.length !== length * 2 || !/^(?:[0-9a-f]{2})*$/.test(text)) {
    throw new OrbitError("invalid", `parse hex ${quote(text)}: not ${describe(length)}`);
  }
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Whether two byte strings are the same; not for secrets, as its time depends on the bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function describe(length: number): string {
  return Number.isInteger(length)
    ? `${length * 2} lower-case hexadecimal digits`
    : "an even number of lower-case hexadecimal digits";
}
