/** What is to be written into a stream, in line: the other half of `ReverseStream.send`. */

interface Waiting<T> {
  value: T;
  taken: PromiseWithResolvers<void>;
}

/**
 * Values for the one who reads them as an async iterable, such as the messages of a stream. Whoever
 * sends waits until the reader has taken the value, so the line is as long as there are senders.
 */
export class Rendezvous<T> implements AsyncIterableIterator<T> {
  #line: Waiting<T>[] = [];
  #reader: PromiseWithResolvers<IteratorResult<T>> | undefined;
  #over: { error: unknown } | undefined;

  /** Resolves when the value is taken; rejects when it is closed before. */
  send(value: T): Promise<void> {
    return this.#enter(value, false);
  }

  /** As `send`, before all that wait. */
  sendFirst(value: T): Promise<void> {
    return this.#enter(value, true);
  }

  /** Ends the stream; what waits in line is not sent, and its senders' promises reject. */
  close(error: unknown = new DOMException("The stream is over", "AbortError")): void {
    if (this.#over) return;
    this.#over = { error };
    for (const { taken } of this.#line) taken.reject(error);
    this.#line = [];
    this.#reader?.resolve({ done: true, value: undefined });
    this.#reader = undefined;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    const first = this.#line.shift();
    if (first) {
      first.taken.resolve();
      return Promise.resolve({ done: false, value: first.value });
    }
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  return(): Promise<IteratorResult<T>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  #enter(value: T, first: boolean): Promise<void> {
    if (this.#over) return Promise.reject(this.#over.error);
    if (this.#reader) {
      this.#reader.resolve({ done: false, value });
      this.#reader = undefined;
      return Promise.resolve();
    }
    const taken = Promise.withResolvers<void>();
    if (first) this.#line.unshift({ value, taken });
    else this.#line.push({ value, taken });
    return taken.promise;
  }
}
