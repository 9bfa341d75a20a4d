/**
 * Time, handed in: whatever waits or looks at the time takes a {@linkcode Clock}, so that tests
 * decide what time it is.
 */

/** The time, and waiting for it to pass. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970; may jump when the system's clock is set. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. For durations and rates. */
  elapsed(): number;
  /**
   * Waits. Rejects with `signal.reason` when the signal aborts first, or has already.
   */
  sleep(ms: number, options?: { signal?: AbortSignal }): Promise<void>;
}

/** The clock of the system. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, { signal } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", abort, { once: true });
    }),
};

/**
 * The same for a program that something else keeps alive, such as its workers or a listener for
 * signals: sleeping alone doesn't. The first timer that a program sets takes longer than reading
 * its arguments; this sets none.
 */
export const lightClock: Clock = {
  now: systemClock.now,
  elapsed: systemClock.elapsed,
  async sleep(ms, { signal } = {}) {
    signal?.throwIfAborted();
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const wake = () => void Atomics.notify(cell, 0);
    signal?.addEventListener("abort", wake, { once: true });
    await Atomics.waitAsync(cell, 0, 0, ms).value;
    signal?.removeEventListener("abort", wake);
    signal?.throwIfAborted();
  },
};

/** Turns that a sleeper has before a manual clock moves on. */
const TURNS = 4;

interface Sleeper {
  dueMs: number;
  wake(): void;
}

/** A clock that stands still until it is told to advance; for tests and simulations. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #startMs: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(startMs = Date.UTC(2030, 0, 1)) {
    this.#nowMs = startMs;
    this.#startMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  elapsed(): number {
    return this.#nowMs - this.#startMs;
  }

  sleep(ms: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal!.reason);
      };
      const wake = () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const sleeper = { dueMs: this.#nowMs + Math.max(0, ms), wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** How many calls to {@linkcode sleep} are waiting. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** When the next sleeper is due, in milliseconds since 1970; undefined when none sleeps. */
  get nextDueMs(): number | undefined {
    return this.#earliest()?.dueMs;
  }

  /**
   * Moves time on, waking sleepers one by one in the order they are due. What a sleeper does next
   * is given some turns of the event loop before time moves further.
   */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await turns();
    for (;;) {
      const next = this.#earliest();
      if (!next || next.dueMs > untilMs) break;
      this.#sleepers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.wake();
      await turns();
    }
    this.#nowMs = untilMs;
  }

  #earliest(): Sleeper | undefined {
    let earliest: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (!earliest || sleeper.dueMs < earliest.dueMs) earliest = sleeper;
    }
    return earliest;
  }
}

/** Several turns of the event loop: what goes on in one may go on in the next. */
async function turns(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  for (let i = 0; i < TURNS; i++) await nextTurn();
}

/**
 * Lets timers, messages and signals in. Not by `setImmediate`: in Deno 2.9 messages of workers wait
 * for 60 ms and longer while that is called again and again, and its first call loads modules.
 */
export function nextTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
