/**
 * When to try again: exponential backoff with full jitter, as pure functions.
 *
 * Full jitter (a uniformly random part of the exponential ceiling) spreads retries of many
 * clients evenly; see M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
import type { ErrorData } from "#core/errors.ts";

/** How often and how soon a failed attempt is repeated. */
export interface RetryPolicy {
  /** Attempts in all, the first one included; 1 means never again. */
  maxAttempts: number;
  /** Ceiling of the first delay. */
  firstDelayMs: number;
  /** What the ceiling is multiplied with after every further failure. */
  factor: number;
  /** The ceiling never rises above this. */
  maxDelayMs: number;
}

/** 1 s, times 1.5 each time, at most 60 s; five attempts. */
export const DEFAULT_RETRY: Readonly<RetryPolicy> = Object.freeze({
  maxAttempts: 5,
  firstDelayMs: 1000,
  factor: 1.5,
  maxDelayMs: 60_000,
});

/** Never tries again. */
export const NO_RETRY: Readonly<RetryPolicy> = Object.freeze({ ...DEFAULT_RETRY, maxAttempts: 1 });

/** The longest delay after that many failures (1 or more), in milliseconds. */
export function retryCeilingMs(policy: RetryPolicy, failures: number): number {
  const ceiling = policy.firstDelayMs * policy.factor ** Math.max(0, failures - 1);
  return Math.min(policy.maxDelayMs, ceiling);
}

/**
 * The delay before the next attempt, in whole milliseconds from 0 to {@linkcode retryCeilingMs}.
 *
 * @param random Gives a number from 0 (inclusive) to 1 (exclusive), as `Math.random` does.
 */
export function retryDelayMs(policy: RetryPolicy, failures: number, random: () => number): number {
  return Math.round(random() * retryCeilingMs(policy, failures));
}

/** Whether an attempt that failed, as the `failures`-th one, should be repeated. */
export function shouldRetry(policy: RetryPolicy, failures: number, error: ErrorData): boolean {
  return error.detail.retryable === true && failures < policy.maxAttempts;
}
