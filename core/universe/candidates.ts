/** Slots that may hold chunks that are looked for. */

/** Slots, each for one of the hashes of a look-up, in typed arrays that grow. */
export class Candidates {
  #slots = new Float64Array(1024);
  #rows = new Uint32Array(1024);
  count = 0;

  get slots(): Float64Array {
    return this.#slots;
  }

  /** The hash that each slot is for. */
  get rows(): Uint32Array {
    return this.#rows;
  }

  add(row: number, slot: number): void {
    if (this.count === this.#slots.length) this.#grow();
    this.#slots[this.count] = slot;
    this.#rows[this.count++] = row;
  }

  #grow(): void {
    const slots = new Float64Array(this.count * 2), rows = new Uint32Array(this.count * 2);
    slots.set(this.#slots);
    rows.set(this.#rows);
    this.#slots = slots;
    this.#rows = rows;
  }
}
