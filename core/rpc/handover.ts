/** Values handed from one who makes them to one who takes them, one at a time. */

type Outcome = { error: unknown } | "ended" | undefined;

/**
 * The maker waits until each value is taken; the taker waits for values, then for the end. Values
 * put before a failure are not handed out after it.
 */
export class Handover<T> {
  #offered: { value: T; taken: PromiseWithResolvers<void> } | undefined;
  #waiting: PromiseWithResolvers<T | undefined> | undefined;
  #outcome: Outcome;

  /** Resolves when the value is taken; rejects when the handover has failed. One at a time. */
  put(value: T): Promise<void> {
    if (this.#outcome !== undefined) return Promise.reject(new Error("put a value after the end"));
    if (this.#waiting) {
      this.#waiting.resolve(value);
      this.#waiting = undefined;
      return Promise.resolve();
    }
    const taken = Promise.withResolvers<void>();
    this.#offered = { value, taken };
    return taken.promise;
  }

  /** The next value; undefined after the end. One at a time. */
  take(): Promise<T | undefined> {
    if (this.#offered) {
      const { value, taken } = this.#offered;
      this.#offered = undefined;
      taken.resolve();
      return Promise.resolve(value);
    }
    if (this.#outcome === "ended") return Promise.resolve(undefined);
    if (this.#outcome) return Promise.reject(this.#outcome.error);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** No more values come. */
  end(): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = "ended";
    this.#waiting?.resolve(undefined);
    this.#waiting = undefined;
  }

  /** Both sides end with this error. */
  fail(error: unknown): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = { error };
    this.#offered?.taken.promise.catch(() => {});
    this.#offered?.taken.reject(error);
    this.#offered = undefined;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
