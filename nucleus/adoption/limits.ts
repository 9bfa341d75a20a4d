/** How much strangers may try. */
import type { Clock } from "#core/clock.ts";
import { perMinute, type RateLimit, RateLimiter } from "#core/rate_limit.ts";
import { addressKey } from "./address_key.ts";

/** How much strangers may try, and Stars may ask for. Only failures count against joining. */
export interface AdoptionLimits {
  /** Failed joins from one address; behind them it is refused whatever it shows. */
  failuresPerAddress: RateLimit;
  /**
   * Failed joins in all. Behind them failures are told to come back later, and are counted in the
   * audit log instead of having a record each. A good token is always let in: strangers can't keep
   * others from joining.
   */
  failuresInAll: RateLimit;
  /** Renewals of one Star. */
  renewalsPerStar: RateLimit;
  /** How many addresses are remembered. */
  maxAddresses: number;
}

export const DEFAULT_LIMITS: Readonly<AdoptionLimits> = Object.freeze({
  failuresPerAddress: { burst: 10, perSecond: 1 / 6 },
  failuresInAll: perMinute(300),
  renewalsPerStar: { burst: 5, perSecond: 1 / 60 },
  maxAddresses: 10_000,
});

const ALL = "all";

/** Counts failures and renewals. */
export class Attempts {
  readonly #perAddress: RateLimiter;
  readonly #inAll: RateLimiter;
  readonly #renewals: RateLimiter;

  constructor(limits: AdoptionLimits, clock: Clock) {
    const { failuresPerAddress, failuresInAll, renewalsPerStar, maxAddresses } = limits;
    this.#perAddress = new RateLimiter({ clock, ...failuresPerAddress, maxKeys: maxAddresses });
    this.#inAll = new RateLimiter({ clock, ...failuresInAll, maxKeys: 1 });
    this.#renewals = new RateLimiter({ clock, ...renewalsPerStar });
  }

  /** Milliseconds until the address may try again; 0 for now. */
  waitMs(address: string): number {
    return this.#perAddress.waitMs(addressKey(address));
  }

  /** Counts a failure against its address. */
  fail(address: string): void {
    this.#perAddress.drain(addressKey(address));
  }

  /** Whether one more failure in all gets an answer and a record of its own. */
  tryRecord(): boolean {
    return this.#inAll.tryTake(ALL);
  }

  /** Whether the Star may renew once more. */
  tryRenew(starId: string): boolean {
    return this.#renewals.tryTake(starId);
  }
}
