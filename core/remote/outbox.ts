/** Requests of a stream that are thought of while it goes on. */

/** Hands on what is put in, in order, until it is closed. Bounded by who puts things in. */
export class Outbox<T> implements Disposable {
  readonly #waiting: T[] = [];
  #wake = Promise.withResolvers<void>();
  #closed = false;

  put(value: T): void {
    this.#waiting.push(value);
    this.#wake.resolve();
  }

  /** Ends the stream after what is in. */
  close(): void {
    this.#closed = true;
    this.#wake.resolve();
  }

  async *values(): AsyncGenerator<T> {
    while (true) {
      while (this.#waiting.length > 0) yield this.#waiting.shift()!;
      if (this.#closed) return;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
