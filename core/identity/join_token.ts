/** Join tokens: what a person carries from the Nucleus to a new Star. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { requireLifetime } from "./lifetime.ts";
import { Secret } from "./secret.ts";
import {
  createIdAndSecret,
  formatToken,
  hashSecret,
  ID_AND_SECRET_BYTES,
  parseToken,
  type TokenKind,
} from "./token_text.ts";

/** The longest a join token may be good for. */
export const JOIN_TOKEN_LIFETIME_MAX_MS = 3600_000;

const FINGERPRINT_BYTES = 32;

const KIND: TokenKind = {
  prefix: "orbit1",
  what: "join token",
  partBytes: [...ID_AND_SECRET_BYTES, FINGERPRINT_BYTES],
};

/** A new join token. Show `text` once, store the rest. */
export interface NewJoinToken {
  /** The token itself, `orbit1_…`: 162 characters. */
  text: string;
  /** Names the token where it is listed or revoked; not secret. 16 hexadecimal digits. */
  id: string;
  /** What {@linkcode verifySecret} compares with; safe to store. */
  secretHash: string;
  /** When it ends, in milliseconds since 1970; the Nucleus keeps to it, the text doesn't say. */
  expiresAt: number;
}

/** What a join token says. */
export interface JoinToken {
  id: string;
  secret: Secret;
  /** The fingerprint of the one authority that may be talked to; see {@linkcode checkAuthority}. */
  authorityFingerprint: string;
}

/**
 * Makes a join token. That it is used once, and not after `expiresAt`, is its keeper's to see to.
 *
 * @throws {OrbitError} `invalid` when the lifetime isn't between a second and an hour, or the
 * fingerprint isn't one.
 */
export function createJoinToken(
  { authorityFingerprint, clock, lifetimeMs }: {
    authorityFingerprint: string;
    clock: Clock;
    lifetimeMs: number;
  },
): NewJoinToken {
  requireLifetime(lifetimeMs, 1000, JOIN_TOKEN_LIFETIME_MAX_MS, "join token");
  if (!/^[0-9a-f]{64}$/.test(authorityFingerprint)) {
    throw new OrbitError("invalid", "make join token: the authority's fingerprint isn't SHA-256");
  }
  const { id, secret } = createIdAndSecret();
  return {
    text: formatToken(KIND, [id, secret, authorityFingerprint]),
    id,
    secretHash: hashSecret(new Secret(secret)),
    expiresAt: clock.now() + lifetimeMs,
  };
}

/**
 * Reads a join token, leaving out white space around it.
 *
 * @throws {OrbitError} `invalid`, saying whether it is another thing, cut off, too long or
 * mistyped; never showing it.
 */
export function parseJoinToken(text: string): JoinToken {
  const [id, secret, authorityFingerprint] = parseToken(KIND, text);
  return { id, secret: new Secret(secret), authorityFingerprint };
}
