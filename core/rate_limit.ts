/**
 * Token buckets, one for each key, as many keys as fit: how often somebody may do something.
 * Each bucket holds up to `burst` and fills at a steady rate.
 */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";

/** How much is allowed. */
export interface RateLimit {
  /** What a bucket holds when it is full; at least 1. */
  burst: number;
  /** What flows into a bucket each second. */
  perSecond: number;
}

/** So many at once, and as many again each minute. */
export function perMinute(count: number): RateLimit {
  return { burst: count, perSecond: count / 60 };
}

export interface RateLimiterOptions extends RateLimit {
  clock: Clock;
  /**
   * How many keys are remembered; 10,000 when left out. Beyond it the one that wasn't asked about
   * for longest is forgotten, and its bucket thereby full: bound what strangers can do under many
   * keys by a second limiter with one key.
   */
  maxKeys?: number;
}

interface Bucket {
  level: number;
  atMs: number;
}

const DEFAULT_MAX_KEYS = 10_000;

/** Sums of fractions fall short of whole numbers by less than this. */
const ROUNDING = 1e-9;

/**
 * Says whether somebody may do something once more.
 *
 * ```ts
 * const limiter = new RateLimiter({ clock, burst: 5, perSecond: 1 });
 * if (!limiter.tryTake(address)) throw tooMany(limiter.waitMs(address));
 * ```
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #perMs: number;
  readonly #maxKeys: number;
  /** From the one used longest ago to the one used last. Full buckets needn't be here. */
  readonly #buckets = new Map<string, Bucket>();

  /** @throws {OrbitError} `invalid` when a bound can't be kept to. */
  constructor({ clock, burst, perSecond, maxKeys = DEFAULT_MAX_KEYS }: RateLimiterOptions) {
    if (!(burst >= 1 && perSecond > 0 && maxKeys >= 1 && Number.isFinite(burst))) {
      const given = `burst ${burst}, ${perSecond} a second, ${maxKeys} keys`;
      throw new OrbitError("invalid", `limit a rate: ${given}; each has to be positive`);
    }
    this.#clock = clock;
    this.#burst = burst;
    this.#perMs = perSecond / 1000;
    this.#maxKeys = maxKeys;
  }

  /** Takes that much, if it is there; otherwise takes nothing and returns false. */
  tryTake(key: string, amount = 1): boolean {
    const bucket = this.#touch(key);
    if (bucket.level + ROUNDING < amount) return false;
    bucket.level = Math.max(0, bucket.level - amount);
    return true;
  }

  /** Takes what is there, up to that much. */
  drain(key: string, amount = 1): void {
    const bucket = this.#touch(key);
    bucket.level = Math.max(0, bucket.level - amount);
  }

  /** Milliseconds until that much is there, 0 if it is; for ever if it is more than the burst. */
  waitMs(key: string, amount = 1): number {
    const known = this.#buckets.get(key);
    const level = known ? this.#levelOf(known) : this.#burst;
    if (amount > this.#burst) return Infinity;
    const missing = amount - level - ROUNDING;
    return missing <= 0 ? 0 : Math.ceil(missing / this.#perMs);
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  #touch(key: string): Bucket {
    const atMs = this.#clock.elapsed();
    const known = this.#buckets.get(key);
    const bucket = { level: known ? this.#levelOf(known) : this.#burst, atMs };
    if (known) this.#buckets.delete(key);
    else if (this.#buckets.size >= this.#maxKeys) this.#forgetOldest();
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #levelOf({ level, atMs }: Bucket): number {
    return Math.min(this.#burst, level + (this.#clock.elapsed() - atMs) * this.#perMs);
  }

  #forgetOldest(): void {
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}
