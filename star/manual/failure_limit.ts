/** How often strangers may show something wrong. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { RateLimiter } from "#core/rate_limit.ts";

/** Wrong tokens of one address: five, then one every five seconds. */
const PER_ADDRESS = { burst: 5, perSecond: 0.2 };
/** Of all addresses together. */
const IN_ALL = { burst: 100, perSecond: 10 };

/** Counts failures, and refuses further attempts while there were too many. */
export class FailureLimit {
  readonly #each: RateLimiter;
  readonly #all: RateLimiter;

  constructor(clock: Clock) {
    this.#each = new RateLimiter({ ...PER_ADDRESS, clock });
    this.#all = new RateLimiter({ ...IN_ALL, clock });
  }

  /**
   * Runs a check; what it throws counts as a failure of the peer. Checks that run at once may each
   * fail once more than the limit: how many calls there are at once is bounded elsewhere.
   *
   * @throws {OrbitError} `exhausted` (retryable) without checking, after too many failures.
   */
  async guard<T>(peer: string, check: () => T | Promise<T>): Promise<T> {
    const address = peer.replace(/:\d+$/, "");
    if (this.#each.waitMs(address) > 0 || this.#all.waitMs("all") > 0) throw tooMany();
    try {
      return await check();
    } catch (error) {
      this.#each.drain(address);
      this.#all.drain("all");
      throw error;
    }
  }
}

function tooMany(): OrbitError {
  return new OrbitError("exhausted", "check token: too many were wrong; ask again later", {
    detail: { retryable: true },
  });
}
