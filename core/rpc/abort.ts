/** Waiting that ends when a signal aborts, whether or not what is waited for ever ends. */

/**
 * The promise's outcome, or a rejection with `signal.reason` as soon as the signal aborts. What
 * the promise comes to after that is ignored.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** A reason for signals that only tell one's own loops to stop; made once, for it isn't cheap. */
export const OVER = new DOMException("The call is over", "AbortError");

/** Ends an iterator that isn't wanted any more, without waiting for it. */
export function abandon(iterator: AsyncIterator<unknown>): void {
  try {
    iterator.return?.()?.catch(() => {});
  } catch {
    // It has nobody left to tell.
  }
}
