/** The index of what was put last, in memory, until there is enough of it for a sorted run. */
import type { Candidates } from "./candidates.ts";
import { radixOrder } from "./radix_order.ts";

const FIRST_CAPACITY = 4096;
const NONE = -1;

/**
 * A hash table from keys to slots. Slots are added in ascending order. Every key's slots form a
 * chain, the newest first, so that any number of equal keys costs those of other keys nothing.
 */
export class FreshIndex {
  #count = 0;
  #keys = new Float64Array(FIRST_CAPACITY);
  /** Of a removed one: -1 - slot. */
  #slots = new Float64Array(FIRST_CAPACITY);
  /** The entry of the same key that was added before. */
  #older = new Int32Array(FIRST_CAPACITY);
  /** In the newest entry of its key: that of another key in the same bucket. */
  #next = new Int32Array(FIRST_CAPACITY);
  #buckets = new Int32Array(FIRST_CAPACITY * 2).fill(NONE);
  /** Makes the buckets of crafted hashes as random as those of others. */
  readonly #seed = crypto.getRandomValues(new Uint32Array(2));

  /** Entries, those of removed files too. */
  get count(): number {
    return this.#count;
  }

  add(key: number, slot: number): void {
    if (this.#count === this.#keys.length) this.#resize(this.#count * 2);
    const entry = this.#count++;
    this.#keys[entry] = key;
    this.#slots[entry] = slot;
    this.#link(entry);
  }

  #link(entry: number): void {
    const key = this.#keys[entry];
    const bucket = this.#bucketOf(key);
    let before = NONE;
    let at = this.#buckets[bucket];
    while (at !== NONE && this.#keys[at] !== key) {
      before = at;
      at = this.#next[at];
    }
    this.#older[entry] = at;
    this.#next[entry] = at === NONE ? NONE : this.#next[at];
    if (before === NONE) this.#buckets[bucket] = entry;
    else this.#next[before] = entry;
  }

  #bucketOf(key: number): number {
    const high = Math.floor(key / 0x1000000), low = key - high * 0x1000000;
    let mixed = Math.imul(low ^ this.#seed[0], 0x9e3779b1) ^
      Math.imul(high ^ this.#seed[1], 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
    return (mixed ^ (mixed >>> 13)) & (this.#buckets.length - 1);
  }

  #newest(key: number): number {
    let at = this.#buckets[this.#bucketOf(key)];
    while (at !== NONE && this.#keys[at] !== key) at = this.#next[at];
    return at;
  }

  /** The slot that was added last under a key; undefined if there is none or it was removed. */
  newestSlot(key: number): number | undefined {
    const at = this.#newest(key);
    return at === NONE || this.#slots[at] < 0 ? undefined : this.#slots[at];
  }

  /** Hands over up to `limit` slots of a key, the newest first; returns how many. */
  collect(key: number, row: number, limit: number, into: Candidates): number {
    let found = 0;
    for (let at = this.#newest(key); at !== NONE && found < limit; at = this.#older[at]) {
      if (this.#slots[at] < 0) continue;
      into.add(row, this.#slots[at]);
      found++;
    }
    return found;
  }

  /** Removes the slots from `from` to before `end`. */
  remove(from: number, end: number): void {
    for (let at = this.#lowerBound(from); at < this.#count; at++) {
      if (this.#slots[at] >= end) break;
      this.#slots[at] = -1 - this.#slots[at];
    }
  }

  /** Removed ones keep their place in the order, so slots can be searched for. */
  #lowerBound(slot: number): number {
    let low = 0, high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const value = this.#slots[middle];
      if ((value < 0 ? -1 - value : value) < slot) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Goes through the entries that weren't removed, ascending by key, then by slot. */
  forEachSorted(action: (key: number, slot: number) => void): void {
    for (const at of radixOrder(this.#keys, this.#count)) {
      if (this.#slots[at] >= 0) action(this.#keys[at], this.#slots[at]);
    }
  }

  clear(): void {
    this.#count = 0;
    this.#buckets.fill(NONE);
  }

  #resize(capacity: number): void {
    const keys = new Float64Array(capacity), slots = new Float64Array(capacity);
    keys.set(this.#keys);
    slots.set(this.#slots);
    this.#keys = keys;
    this.#slots = slots;
    this.#older = new Int32Array(capacity);
    this.#next = new Int32Array(capacity);
    this.#buckets = new Int32Array(capacity * 2).fill(NONE);
    for (let entry = 0; entry < this.#count; entry++) this.#link(entry);
  }
}
