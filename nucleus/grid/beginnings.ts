/** Control streams that begin: each Star has one at a time, and not too many in a row. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { StarId } from "#core/identity/mod.ts";
import { RateLimiter } from "#core/rate_limit.ts";
import { anotherOne } from "./star_links.ts";

/** Each hello is written down, and a Star may be anybody's. */
const HELLOS = { burst: 60, perSecond: 1 };

export class Beginnings {
  readonly #ends = new Map<StarId, (error: OrbitError) => void>();
  readonly #hellos: RateLimiter;

  constructor(clock: Clock) {
    this.#hellos = new RateLimiter({ ...HELLOS, clock });
  }

  /**
   * A stream of the Star begins, and the one before that hasn't said hello ends.
   *
   * @returns To be disposed of when it has said hello, or is over.
   */
  begin(id: StarId, end: (error: OrbitError) => void): Disposable {
    this.#ends.get(id)?.(anotherOne());
    this.#ends.set(id, end);
    return {
      [Symbol.dispose]: () => {
        if (this.#ends.get(id) === end) this.#ends.delete(id);
      },
    };
  }

  /** @throws {OrbitError} `exhausted` (retryable) when the Star says hello too often. */
  countHello(id: StarId): void {
    if (this.#hellos.tryTake(id)) return;
    throw new OrbitError("exhausted", "control stream: too many of them in a row", {
      detail: { retryable: true },
    });
  }
}
