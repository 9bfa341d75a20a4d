/** Who a request comes from. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { type ApiToken, parseApiToken, verifySecret } from "#core/identity/mod.ts";
import { type RateLimit, RateLimiter } from "#core/rate_limit.ts";
import { addressKey } from "../adoption/address_key.ts";
import type { ApiTokenCheck, GridStore } from "../store/mod.ts";
import { LOCAL_ADMIN, type Principal } from "./principal.ts";
import { HttpProblem } from "./problem.ts";
import type { Refusals } from "./refusals.ts";

/** Where a request comes from. */
export type Caller =
  /** Through the socket in the data folder, or from this very process. */
  | { readonly via: "machine" }
  /** Through the TLS port, from this address. */
  | { readonly via: "network"; readonly address: string };

/** Failed attempts of one address; behind them it is refused whatever it shows. */
const FAILURES: RateLimit = { burst: 10, perSecond: 1 / 6 };

/** Finds out who asks. */
export class Authenticator {
  readonly #store: GridStore;
  readonly #refusals: Refusals;
  readonly #failures: RateLimiter;

  constructor(store: GridStore, refusals: Refusals, clock: Clock) {
    this.#store = store;
    this.#refusals = refusals;
    this.#failures = new RateLimiter({ clock, ...FAILURES });
  }

  /**
   * @throws {OrbitError} `unauthenticated`, in the same words whatever is wrong with a token;
   * `exhausted` behind too many failures.
   */
  identify(request: Request, caller: Caller): Principal {
    if (caller.via === "machine") return LOCAL_ADMIN;
    const { address } = caller;
    const key = addressKey(address);
    const waitMs = this.#failures.waitMs(key);
    if (waitMs > 0) throw tooOften(waitMs);
    const shown = bearerOf(request);
    if (shown === undefined) {
      throw new OrbitError("unauthenticated", "ask Nucleus: needs an API token");
    }
    const token = tryParse(shown);
    const check: ApiTokenCheck = token === undefined
      ? { ok: false, reason: "unknown" }
      : this.#store.apiTokens.authenticate(token.id, (hash) => verifySecret(token.secret, hash));
    if (check.ok) return toPrincipal(check, address);
    this.#failures.drain(key);
    this.#refusals.record({
      actor: { kind: "token", address },
      action: "api.authenticate",
      // What isn't a token's id may be anything.
      target: check.reason === "unknown" ? undefined : token?.id,
      reason: token === undefined ? "malformed" : check.reason,
    });
    throw new OrbitError(
      "unauthenticated",
      "ask Nucleus: the API token isn't valid (any more); ask for a new one",
    );
  }
}

function toPrincipal({ token }: ApiTokenCheck & { ok: true }, address: string): Principal {
  const { id, role, constellations, pathPrefixes } = token;
  return { actor: { kind: "token", id, address }, role, scope: { constellations, pathPrefixes } };
}

function bearerOf(request: Request): string | undefined {
  const header = request.headers.get("authorization");
  return header === null ? undefined : /^Bearer +(\S+)$/i.exec(header)?.[1] ?? "";
}

function tryParse(text: string): ApiToken | undefined {
  try {
    return parseApiToken(text);
  } catch {
    return undefined;
  }
}

function tooOften(waitMs: number): HttpProblem {
  const seconds = Math.ceil(waitMs / 1000);
  const message = `ask Nucleus: too many failed attempts; try again in ${seconds} s`;
  return new HttpProblem(429, "exhausted", message, { "retry-after": `${seconds}` });
}
