/** A bounded memory of what was used recently. */

/**
 * A map of two generations: what is used moves to the younger one, and when that is full the older
 * one goes. Roughly the least recently used, without the cost of an exact order.
 */
export class Recent<Value> {
  readonly #capacity: number;
  #young = new Map<number, Value>();
  #old = new Map<number, Value>();

  /** @param capacity How many each generation holds. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: number): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: number, value: Value): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  delete(key: number): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
