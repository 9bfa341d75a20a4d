/** Reading a stream on when the connection was lost. */
import { systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { retryDelayMs, type RetryPolicy } from "#core/retry.ts";

/** A Nucleus that restarts is back by then; each success begins anew. */
const STREAM_RETRY: RetryPolicy = {
  ...{ maxAttempts: 12, firstDelayMs: 500, factor: 1.5, maxDelayMs: 10_000 },
};

/** Who reads. */
export interface Reader {
  signal: AbortSignal;
  /** Is told of the first loss in a row. */
  note: (message: string) => void;
}

/**
 * What a stream gives, to its end.
 *
 * @param read Reads it from where it was; calls `isWell` when it got any further, and throws
 * `unavailable` when the connection was lost.
 */
export async function* lasting<T>(
  { signal, note }: Reader,
  read: (isWell: () => void) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  for (let failures = 0;;) {
    try {
      return yield* read(() => failures = 0);
    } catch (error) {
      signal.throwIfAborted();
      const isLost = error instanceof OrbitError && error.code === "unavailable";
      if (!isLost || ++failures >= STREAM_RETRY.maxAttempts) throw error;
      if (failures === 1) note(`${error.message}; trying again`);
    }
    await systemClock.sleep(retryDelayMs(STREAM_RETRY, failures, Math.random), { signal });
  }
}
