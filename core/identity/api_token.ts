/** API tokens: what a program shows to the Nucleus's REST surface, as a bearer. */
import { Secret } from "./secret.ts";
import {
  createIdAndSecret,
  formatToken,
  hashSecret,
  ID_AND_SECRET_BYTES,
  parseToken,
  type TokenKind,
} from "./token_text.ts";

const KIND: TokenKind = {
  prefix: "orbitapi1",
  what: "API token",
  partBytes: ID_AND_SECRET_BYTES,
};

/** A new API token. Show `text` once, store the rest. */
export interface NewApiToken {
  /** The token itself, `orbitapi1_…`: 100 characters. */
  text: string;
  /** Names the token where it is listed or revoked; not secret. 16 hexadecimal digits. */
  id: string;
  /** What {@linkcode verifySecret} compares with; safe to store. */
  secretHash: string;
}

/** What an API token says. */
export interface ApiToken {
  id: string;
  secret: Secret;
}

/** Makes an API token of 256 random bits. */
export function createApiToken(): NewApiToken {
  const { id, secret } = createIdAndSecret();
  return { text: formatToken(KIND, [id, secret]), id, secretHash: hashSecret(new Secret(secret)) };
}

/**
 * Reads an API token, leaving out white space around it.
 *
 * @throws {OrbitError} `invalid`, saying whether it is another thing, cut off, too long or
 * mistyped; never showing it.
 */
export function parseApiToken(text: string): ApiToken {
  const [id, secret] = parseToken(KIND, text);
  return { id, secret: new Secret(secret) };
}
