/** Noticing that something isn't used any more. */

/** What an {@linkcode IdleWatch} asks and tells. */
export interface IdleEvents {
  /** Whether something is going on now, however long ago it began. */
  isBusy(): boolean;
  onIdle(): void;
}

/** Once asked to watch, tells one time that nothing was used for a while. */
export class IdleWatch {
  readonly #idleMs: number;
  readonly #events: IdleEvents;
  /** When something was last used; by `performance.now()`. */
  #usedAtMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param idleMs How long that while is, in milliseconds. */
  constructor(idleMs: number, events: IdleEvents) {
    this.#idleMs = idleMs;
    this.#events = events;
  }

  /** Something is used just now. */
  noteUse(): void {
    this.#usedAtMs = performance.now();
  }

  /** Begins to watch, unless it does already. Doesn't keep the program alive. */
  watch(): void {
    if (this.#timer === undefined) this.#lookIn(this.#idleMs);
  }

  stop(): void {
    // The first use of a timer, even of none, has Deno load Node's timers, for 7 ms.
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #lookIn(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), ms);
    Deno.unrefTimer(this.#timer);
  }

  #look(): void {
    this.#timer = undefined;
    const leftMs = this.#usedAtMs + this.#idleMs - performance.now();
    const isIdle = leftMs <= 0 && !this.#events.isBusy();
    if (isIdle) this.#events.onIdle();
    else this.#lookIn(Math.max(leftMs, this.#idleMs / 2));
  }
}
