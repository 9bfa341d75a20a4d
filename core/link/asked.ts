/** Requests on their way, and what ends them. */
import { broken } from "./http.ts";
import type { LinkAnswer } from "./pool.ts";

/** Content that has begun to come, and what ends it. */
export class Asked implements Disposable {
  constructor(readonly content: LinkAnswer, readonly limit: Limit) {}

  [Symbol.dispose](): void {
    this.content[Symbol.dispose]();
    this.limit[Symbol.dispose]();
  }
}

/** Ends a request when its caller does, or when it takes too long. */
export class Limit implements Disposable {
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(answerMs: number, outer: AbortSignal | undefined) {
    this.signal = outer === undefined
      ? this.#own.signal
      : AbortSignal.any([outer, this.#own.signal]);
    this.#timer = setTimeout(() => this.end("no answer came"), answerMs);
  }

  /** What is still to come isn't bound by time. */
  answered(): void {
    clearTimeout(this.#timer);
  }

  end(why: string): void {
    this.#own.abort(broken(why));
  }

  /** Ends the request with this signal, too, until the answer is disposed of. */
  endsWith(signal: AbortSignal | undefined): Disposable {
    const onAbort = () => this.#own.abort(signal!.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    return { [Symbol.dispose]: () => signal?.removeEventListener("abort", onAbort) };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
