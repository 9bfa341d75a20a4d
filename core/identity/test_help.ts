/** What the tests of this folder share. */
import assert from "node:assert/strict";
import { type Clock, ManualClock } from "#core/clock.ts";
import { type ErrorCode, OrbitError } from "#core/errors.ts";
import { type Authority, createAuthority, openAuthority } from "./authority.ts";
import { createStarId } from "./names.ts";
import { createKeyAndRequest } from "./request.ts";

/** For `assert.throws` and `assert.rejects`: an OrbitError of that code, saying that. */
export function refusal(code: ErrorCode, says = ""): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof OrbitError, `${error}`);
    assert.equal(error.code, code, error.message);
    assert.ok(error.message.includes(says), error.message);
    return true;
  };
}

/** An authority made this moment. */
export async function newAuthority(clock: Clock = new ManualClock()): Promise<Authority> {
  return await openAuthority({ ...await createAuthority({ clock }), clock });
}

/** A Star's key and certificate. */
export async function newStar(authority: Authority, lifetimeMs?: number) {
  const starId = createStarId();
  const { keyPem, csrPem } = await createKeyAndRequest();
  const issued = await authority.issueStar({ csrPem, starId, name: "a star", lifetimeMs });
  return { starId, keyPem, csrPem, ...issued };
}

/** The DER inside a PEM text. */
export function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const base64 = pem.replace(/-----[^-]+-----/g, "");
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/** The same bytes with those at `at` changed by `change` (a XOR). */
export function flipped(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  change = 1,
): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  copy[at] ^= change;
  return copy;
}
