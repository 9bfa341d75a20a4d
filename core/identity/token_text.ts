/**
 * Tokens as text: `prefix_id_secret…_checksum`, lower hexadecimal of fixed length throughout. One
 * word to a double click and to a shell, and every slip in copying it is noticed.
 */
import { randomBytes } from "node:crypto";
import { OrbitError } from "#core/errors.ts";
import { sha256Hex } from "./pem.ts";
import { Secret } from "./secret.ts";

/** No token is longer; longer input isn't looked at. */
const MAX_TOKEN_LENGTH = 512;
const ID_BYTES = 8;
const SECRET_BYTES = 32;
const CHECKSUM_LENGTH = 8;
const SEPARATOR = "_";

/** One kind of token. */
export interface TokenKind {
  /** How it begins; says the kind and the version. */
  prefix: string;
  /** What people call it, for errors. */
  what: string;
  /** The lengths of its parts between prefix and checksum, in bytes. */
  partBytes: readonly number[];
}

/** The lengths of id and secret, with which the parts of every kind begin. */
export const ID_AND_SECRET_BYTES = [ID_BYTES, SECRET_BYTES] as const;

/** A new id and a new secret of 256 random bits, in hexadecimal. */
export function createIdAndSecret(): { id: string; secret: string } {
  return {
    id: randomBytes(ID_BYTES).toString("hex"),
    secret: randomBytes(SECRET_BYTES).toString("hex"),
  };
}

/** The text of a token of these parts. */
export function formatToken(kind: TokenKind, parts: readonly string[]): string {
  const text = [kind.prefix, ...parts].join(SEPARATOR);
  return text + SEPARATOR + checksum(text);
}

/**
 * The parts of a token. White space around it is left out of account. No error shows any of it.
 *
 * @throws {OrbitError} `invalid` when it is of another kind, cut off, too long, or mistyped.
 */
export function parseToken(kind: TokenKind, text: string): string[] {
  const refuse = (why: string) => new OrbitError("invalid", `read ${kind.what}: ${why}`);
  if (text.length > MAX_TOKEN_LENGTH) throw refuse(`longer than ${MAX_TOKEN_LENGTH} characters`);
  const token = text.trim();
  if (token === "") throw refuse("it is empty");
  const start = kind.prefix + SEPARATOR;
  if (!token.startsWith(start)) throw refuse(`it doesn't begin with "${start}"`);

  const lengths = kind.partBytes.map((bytes) => bytes * 2);
  const whole = start.length + lengths.reduce((sum, length) => sum + length + 1, 0) +
    CHECKSUM_LENGTH;
  if (token.length < whole) {
    throw refuse(`cut off after ${token.length} of ${whole} characters; copy all of it`);
  }
  if (token.length > whole) throw refuse(`${token.length} characters, not ${whole}`);

  const parts = token.split(SEPARATOR);
  const expected = [kind.prefix.length, ...lengths, CHECKSUM_LENGTH];
  const wellFormed = parts.length === expected.length &&
    parts.every((part, i) => part.length === expected[i] && (i === 0 || /^[0-9a-f]+$/.test(part)));
  const sum = parts.at(-1);
  if (!wellFormed || sum !== checksum(token.slice(0, -CHECKSUM_LENGTH - SEPARATOR.length))) {
    throw refuse("mistyped; copy it again");
  }
  return parts.slice(1, -1);
}

/** What is stored of a secret: its SHA-256, enough for 256 random bits. Lower hexadecimal. */
export function hashSecret(secret: Secret): string {
  return sha256Hex(`orbit secret:${secret.reveal()}`);
}

/**
 * Whether the secret is the one that was stored, compared in constant time. A stored hash that
 * isn't one matches nothing.
 */
export function verifySecret(secret: Secret, storedHash: string): boolean {
  return new Secret(hashSecret(secret)).matches(storedHash);
}

function checksum(text: string): string {
  return sha256Hex(text).slice(0, CHECKSUM_LENGTH);
}
