/** From when to when certificates hold, and when to renew them. Times are ms since 1970. */
import { OrbitError } from "#core/errors.ts";

/** How far two machines' clocks may differ before a certificate is refused for it. */
export const CLOCK_SKEW_MS = 60_000;

/** How long before its issue a certificate begins to hold, so that slow clocks accept it. */
export const BACKDATE_MS = 120_000;

/** From when to when a certificate holds, both ends included. */
export interface Validity {
  /** Milliseconds since 1970, whole seconds. */
  notBefore: number;
  /** Milliseconds since 1970, whole seconds. */
  notAfter: number;
}

/** When a certificate issued now begins and ends; X.509 knows whole seconds only. */
export function validityFrom(nowMs: number, lifetimeMs: number): Validity {
  return {
    notBefore: Math.floor((nowMs - BACKDATE_MS) / 1000) * 1000,
    notAfter: Math.ceil((nowMs + lifetimeMs) / 1000) * 1000,
  };
}

/**
 * When to ask for the next certificate: two thirds of the way from this one's issue to its end,
 * in milliseconds since 1970. The backdating of certificates is left out of account, so a short
 * lifetime is never already due when it is issued.
 */
export function renewAt({ notBefore, notAfter }: Validity): number {
  const issuedAt = Math.min(notBefore + BACKDATE_MS, notAfter);
  return Math.floor(issuedAt + (notAfter - issuedAt) * 2 / 3);
}

/**
 * Checks that a certificate holds now, give or take {@linkcode CLOCK_SKEW_MS}.
 *
 * @throws {OrbitError} `denied` when it has expired or, retryable, doesn't hold yet.
 */
export function requireValidNow(validity: Validity, nowMs: number, what: string): void {
  if (nowMs > validity.notAfter + CLOCK_SKEW_MS) {
    throw new OrbitError(
      "denied",
      `check ${what}: it expired at ${iso(validity.notAfter)}; renew it, or join again`,
    );
  }
  if (nowMs < validity.notBefore - CLOCK_SKEW_MS) {
    throw new OrbitError(
      "denied",
      `check ${what}: it isn't valid before ${iso(validity.notBefore)}; compare the clocks of ` +
        "both machines",
      // Time alone mends it, or who sets the clocks.
      { detail: { retryable: true } },
    );
  }
}

/**
 * Checks a lifetime that was asked for.
 *
 * @throws {OrbitError} `invalid` unless it is a number from `minMs` to `maxMs`.
 */
export function requireLifetime(ms: number, minMs: number, maxMs: number, what: string): void {
  if (!(ms >= minMs && ms <= maxMs)) {
    throw new OrbitError(
      "invalid",
      `make ${what}: a lifetime of ${ms} ms isn't between ${minMs} and ${maxMs} ms`,
    );
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
