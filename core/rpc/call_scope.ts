/** The life of one call at its caller: the caller's own signal and the call's deadline in one. */
import { OrbitError } from "#core/errors.ts";
import { MAX_TIMEOUT_MS } from "./limits.ts";

/** Aborts its signal when the caller does, or when the time is over; must be closed. */
export class CallScope implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #follow = () => this.abort(this.#outer!.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(path: string, options: { signal?: AbortSignal; timeoutMs?: number }) {
    const { signal, timeoutMs } = options;
    this.#outer = signal;
    if (signal?.aborted) {
      this.abort(signal.reason);
      return;
    }
    signal?.addEventListener("abort", this.#follow, { once: true });
    if (timeoutMs === undefined || timeoutMs >= MAX_TIMEOUT_MS) return;
    const pass = () => this.abort(deadlinePassed(path, timeoutMs));
    this.#timer = setTimeout(pass, Math.max(0, timeoutMs));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the call with a reason; only the first one counts. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
    this.close();
  }

  /** Lets go of the timer and the caller's signal. */
  close(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#follow);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What a call fails with when its time is over. */
export function deadlinePassed(path: string, timeoutMs: number): OrbitError {
  return new OrbitError("unavailable", `call ${path}: not finished within ${timeoutMs} ms`, {
    detail: { retryable: true },
  });
}
