/**
 * File names as strings, without loss.
 *
 * A name on Linux is any bytes but NUL and "/". Orbit keeps names as JavaScript strings; a byte
 * that is not part of valid UTF-8 becomes the lone surrogate U+DC00 + byte (Python's
 * "surrogateescape", PEP 383), which no valid UTF-8 decodes to, so the mapping is one to one.
 */

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Decodes a file name's bytes; every byte sequence gives a distinct string. */
export function decodeName(bytes: Uint8Array): string {
  let ascii = true;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] >= 0x80) {
      ascii = false;
      break;
    }
  }
  if (ascii && bytes.length < 64) return String.fromCharCode.apply(null, bytes as never);
  try {
    return strict.decode(bytes);
  } catch {
    return decodeEscaped(bytes);
  }
}

function decodeEscaped(bytes: Uint8Array): string {
  let out = "";
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes, i);
    if (length === 0) {
      out += String.fromCharCode(0xdc00 + bytes[i]);
      i++;
    } else {
      out += strict.decode(bytes.subarray(i, i + length));
      i += length;
    }
  }
  return out;
}

/** The length of the valid UTF-8 sequence at `at`, or 0 when there is none (RFC 3629, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead < 0x80) return 1;
  const length = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : 4;
  if (lead < 0xc2 || lead > 0xf4 || at + length > bytes.length) return 0;
  const second = bytes[at + 1];
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) {
    if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** Encodes a name back to the bytes it was decoded from. */
export function encodeName(name: string): Uint8Array {
  if (name.isWellFormed()) return encoder.encode(name);
  const parts: number[] = [];
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (unit >= 0xdc80 && unit <= 0xdcff && !isLowHalf(name, i)) {
      parts.push(unit - 0xdc00);
    } else {
      const point = name.codePointAt(i)!;
      if (point > 0xffff) i++;
      parts.push(...encoder.encode(String.fromCodePoint(point)));
    }
  }
  return Uint8Array.from(parts);
}

function isLowHalf(text: string, at: number): boolean {
  if (at === 0) return false;
  const before = text.charCodeAt(at - 1);
  return before >= 0xd800 && before <= 0xdbff;
}

/** Whether the name is valid UTF-8 and so can be shown and stored as ordinary text. */
export function isText(name: string): boolean {
  return name.isWellFormed();
}

/** Orders two names as their bytes; the order every sorted listing in Orbit has. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x !== y) {
      if (x < 0x80 && y < 0x80) return x - y;
      return compareBytes(encodeName(a), encodeName(b));
    }
  }
  return a.length - b.length;
}

/** Orders byte strings lexicographically. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}

/**
 * A name or path as one safe line for terminals and logs: control characters, invalid bytes and
 * bidirectional overrides appear as `\xHH` or `\u{HHHH}`, a backslash as `\\`.
 */
export function escapeName(name: string): string {
  return name.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f\\\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]|[\ud800-\udfff]/gu,
    (char) => {
      const code = char.codePointAt(0)!;
      if (char === "\\") return "\\\\";
      if (char === "\n") return "\\n";
      if (char === "\r") return "\\r";
      if (char === "\t") return "\\t";
      if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
      if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
      return `\\u{${code.toString(16)}}`;
    },
  );
}

/**
 * Data as JSON in which nothing can upset a terminal: what {@linkcode escapeName} escapes is an
 * escape here, too. Parsing it gives the same as parsing `JSON.stringify`'s.
 */
export function toShownJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
