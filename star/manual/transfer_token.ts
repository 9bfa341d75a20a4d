/** Transfer tokens of manual mode: who knows the auth secret says which file may be read. */
import { errors, jwtVerify } from "jose";
import { OrbitError } from "#core/errors.ts";
import type { Secret } from "#core/identity/secret.ts";
import type { Clock } from "#core/clock.ts";
import { CLOCK_SKEW_MS } from "#core/identity/lifetime.ts";

/** The longest text that is looked at. */
const MAX_TOKEN_LENGTH = 8192;
/** The longest that a token may hold. */
const MAX_AGE_MS = 3_600_000;

/**
 * The file that a token lets its bearer read.
 *
 * @throws {OrbitError} `denied` when the token isn't signed with the secret by HMAC-SHA-256, isn't a
 * transfer token, has expired, was made for longer than an hour, or names no file.
 */
export async function readTransferToken(
  token: string,
  { secret, clock }: { secret: Secret; clock: Pick<Clock, "now"> },
): Promise<string> {
  if (token.length > MAX_TOKEN_LENGTH) throw refuse("it is too long");
  const { iat, exp, allow_file: file } = await verify(token, secret, clock.now());
  if ((exp! - iat!) * 1000 > MAX_AGE_MS) throw refuse("it was made for longer than an hour");
  if (typeof file !== "string" || file === "") throw refuse("it names no file");
  return file;
}

async function verify(token: string, secret: Secret, nowMs: number) {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret.reveal()), {
      // Pinned: what the token itself says of its algorithm decides nothing.
      algorithms: ["HS256"],
      issuer: "orbit-nucleus",
      subject: "transfer",
      requiredClaims: ["exp", "iat", "allow_file"],
      clockTolerance: CLOCK_SKEW_MS / 1000,
      // Also refuses tokens from the future.
      maxTokenAge: MAX_AGE_MS / 1000,
      currentDate: new Date(nowMs),
    });
    return payload;
  } catch (error) {
    // What the library says may hold parts of the token.
    throw refuse(error instanceof errors.JWTExpired ? "it has expired" : "it isn't good");
  }
}

function refuse(why: string): OrbitError {
  return new OrbitError("denied", `check transfer token: ${why}`);
}
