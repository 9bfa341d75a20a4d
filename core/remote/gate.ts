/** The gate that every served call goes through: how many there may be, and when they end. */
import { OrbitError } from "#core/errors.ts";

/** One call that was let in; must be disposed of. */
export interface Admission extends Disposable {
  /** Aborts when the caller gives up or the Star stops. */
  readonly signal: AbortSignal;
}

/** Lets a bounded number of calls in. */
export class Gate {
  /** Calls that are inside. */
  active = 0;

  constructor(readonly maxCalls: number, readonly closing: AbortSignal | undefined) {}

  /**
   * @throws `exhausted` (retryable) when there are too many already, `unavailable` when the Star
   * stops.
   */
  enter(caller: AbortSignal): Admission {
    if (this.closing?.aborted) throw stopping();
    if (this.active >= this.maxCalls) {
      const text = `call Star: ${this.maxCalls} calls are at work already (ask again later)`;
      throw new OrbitError("exhausted", text, { detail: { retryable: true } });
    }
    this.active++;
    const { closing } = this;
    const controller = new AbortController();
    const leave = () => controller.abort(caller.reason);
    const close = () => controller.abort(stopping());
    if (caller.aborted) leave();
    caller.addEventListener("abort", leave, { once: true });
    closing?.addEventListener("abort", close, { once: true });
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        caller.removeEventListener("abort", leave);
        closing?.removeEventListener("abort", close);
        this.active--;
      },
    };
  }
}

/** What calls end with when the Star stops. */
export function stopping(): OrbitError {
  return new OrbitError("unavailable", "call Star: it is stopping", {
    detail: { retryable: true },
  });
}
