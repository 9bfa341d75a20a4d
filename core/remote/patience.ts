/** Waiting for a Star, but not for ever. */
import { OrbitError } from "#core/errors.ts";

/** `setTimeout` counts in 31 bits. */
const LONGEST_MS = 2 ** 31 - 1;

/** Options of {@linkcode Patience}. */
export interface PatienceOptions {
  /** The Star's name and what it is asked, for the message. */
  star: string;
  what: string;
  /** The caller's signal. */
  signal?: AbortSignal;
  /** How long the call goes on after the caller's signal aborted; default not at all. */
  graceMs?: number;
}

/** Aborts its signal when the caller does, or when nothing was heard for too long. */
export class Patience implements Disposable {
  readonly #controller = new AbortController();
  readonly #options: PatienceOptions;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #extend: (() => Promise<number>) | undefined;

  #disposed = false;

  constructor(options: PatienceOptions) {
    this.#options = options;
    if (options.signal?.aborted) this.#follow();
    else options.signal?.addEventListener("abort", this.#follow, { once: true });
  }

  /** For the call. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The Star has so long to say something. */
  expect(ms: number): void {
    clearTimeout(this.#silence);
    if (this.#disposed) return; // the call ended while its content was still being fetched
    this.#silence = setTimeout(() => void this.#runOut(ms), cap(ms));
  }

  /** Before the call is given up, `extend` is asked once how long it may take, all in all. */
  beforeEnd(extend: () => Promise<number>): void {
    this.#extend = extend;
  }

  /** Gives the call up at once. */
  end(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Nothing is waited for. */
  rest(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
  }

  readonly #follow = () => {
    const { signal, graceMs = 0 } = this.#options;
    const end = () => this.#controller.abort(signal!.reason);
    if (graceMs > 0) this.#grace = setTimeout(end, cap(graceMs));
    else end();
  };

  async #runOut(ms: number): Promise<void> {
    const extend = this.#extend;
    this.#extend = undefined;
    try {
      const longer = await extend?.() ?? 0;
      if (this.#disposed) return;
      if (longer > ms) this.expect(longer - ms);
      else this.#controller.abort(this.#silent(ms));
    } catch (error) {
      this.#controller.abort(error);
    }
  }

  #silent(ms: number): OrbitError {
    const { star, what } = this.#options;
    const text = `${what} on Star ${JSON.stringify(star)}: no answer for ${
      Math.round(ms) / 1000
    } s`;
    return new OrbitError("unavailable", text, { detail: { retryable: true } });
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#silence);
    clearTimeout(this.#grace);
    this.#options.signal?.removeEventListener("abort", this.#follow);
  }
}

function cap(ms: number): number {
  return Math.min(Math.ceil(ms), LONGEST_MS);
}
