/** Bandwidth limiting: a token bucket. */
import type { Clock } from "#core/clock.ts";

/** How far ahead of the rate a burst may run, in milliseconds. */
const BURST_MS = 250;

/**
 * Makes a function that waits until so many bytes may move. Long-term the rate is never exceeded;
 * a request larger than the bucket waits until it has been paid for.
 */
export function createPacer(
  bytesPerSecond: number,
  clock: Clock,
  signal?: AbortSignal,
): (bytes: number) => Promise<void> {
  let freeAt = clock.elapsed();
  return async (bytes) => {
    const now = clock.elapsed();
    freeAt = Math.max(freeAt, now - BURST_MS) + bytes / bytesPerSecond * 1000;
    if (freeAt > now) await clock.sleep(freeAt - now, { signal });
  };
}
