/** Messages on their way out through one stream. */
import { OrbitError } from "#core/errors.ts";

/** How much may wait to be sent. */
export interface OutboxBounds {
  /** Urgent messages; one more means that the other side takes nothing, and ends the outbox. */
  urgent: number;
  /** Bytes of the others; who sends more waits. */
  bytes: number;
}

const DEFAULT_BOUNDS: OutboxBounds = { urgent: 1024, bytes: 1024 * 1024 };

interface Waiting<T> {
  message: T;
  bytes: number;
}

/**
 * Takes messages from many and gives them to one. Urgent messages (heartbeats, decisions) overtake
 * the others (content), which keep their order among themselves; nothing is lost before the end.
 */
export class Outbox<T> {
  readonly #bounds: OutboxBounds;
  readonly #urgent: T[] = [];
  readonly #others: Waiting<T>[] = [];
  #bytes = 0;
  #room = Promise.withResolvers<void>();
  #wake: (() => void) | undefined;
  #end: { error?: unknown } | undefined;

  constructor(bounds: Partial<OutboxBounds> = {}) {
    this.#bounds = { ...DEFAULT_BOUNDS, ...bounds };
    this.#room.promise.catch(() => {});
  }

  /** Sends a message before all that isn't urgent. Does nothing after the end. */
  push(message: T): void {
    if (this.#end !== undefined) return;
    if (this.#urgent.push(message) > this.#bounds.urgent) {
      this.end(new OrbitError("unavailable", "send: the other side takes nothing"));
    }
    this.#wake?.();
  }

  /**
   * Sends a message; resolves when there is room for the next, so that who sends in a loop is held
   * back. Rejects after the end.
   */
  async send(message: T, bytes: number): Promise<void> {
    while (this.#end === undefined && this.#bytes >= this.#bounds.bytes) await this.#room.promise;
    this.#throwIfEnded();
    this.#others.push({ message, bytes });
    this.#bytes += bytes;
    this.#wake?.();
  }

  /** Ends the stream: cleanly after what waits, or with an error at once. The first end counts. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    if (error !== undefined) this.#urgent.length = this.#others.length = 0;
    this.#room.resolve();
    this.#wake?.();
  }

  /** The messages. For one taker; when it leaves, the outbox ends. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        const next = this.#take();
        if (next !== undefined) yield next;
        else if (this.#end === undefined) await new Promise<void>((wake) => this.#wake = wake);
        else if (this.#end.error !== undefined) throw this.#end.error;
        else return;
      }
    } finally {
      this.end(new OrbitError("unavailable", "send: the stream is over"));
    }
  }

  #take(): T | undefined {
    const urgent = this.#urgent.shift();
    if (urgent !== undefined) return urgent;
    const next = this.#others.shift();
    if (next === undefined) return undefined;
    const wasFull = this.#bytes >= this.#bounds.bytes;
    this.#bytes -= next.bytes;
    if (wasFull && this.#bytes < this.#bounds.bytes) {
      this.#room.resolve();
      this.#room = Promise.withResolvers();
    }
    return next.message;
  }

  #throwIfEnded(): void {
    if (this.#end === undefined) return;
    throw this.#end.error ?? new OrbitError("unavailable", "send: the stream is over");
  }
}
