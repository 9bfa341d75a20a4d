/** Sorting packed names by their bytes. */
import { offsetOf, PackedNames } from "./disk_posix_names.ts";

/** Runs up to this long are sorted by comparing. */
const SHORT_RUN = 20;

/**
 * Sorts the names' order in place, and gives each name once: there are file systems that list one
 * twice while the directory changes. Most directories come sorted or in reverse and are only looked
 * through. Otherwise the next few bytes of each name and its rank are packed into one double, these
 * are sorted natively, and runs that are equal so far go on with their next bytes: a most
 * significant digit radix sort with digits of 4 to 6 bytes.
 */
export function sortNames(names: PackedNames): PackedNames {
  const { order } = names;
  const direction = directionOf(names);
  if (direction > 0) return names;
  if (direction < 0) {
    order.reverse();
    return names;
  }
  const sorter = new Sorter(names);
  sorter.sort(0, order.length, 0);
  return sorter.repeats ? eachOnce(names) : names;
}

function eachOnce(names: PackedNames): PackedNames {
  const { chunks, order } = names;
  let kept = Math.min(1, order.length);
  for (let i = 1; i < order.length; i++) {
    if (compareFrom(names, order[kept - 1], order[i], 0) !== 0) order[kept++] = order[i];
  }
  return kept === order.length ? names : new PackedNames(chunks, order.subarray(0, kept));
}

/** 1 when the names ascend, −1 when they descend, 0 when they do neither or one comes twice. */
function directionOf(names: PackedNames): number {
  const { order } = names;
  let direction = 1;
  for (let i = 1; i < order.length; i++) {
    const step = -Math.sign(compareFrom(names, order[i - 1], order[i], 0));
    if (i === 1) direction = step;
    if (step === 0 || step !== direction) return 0;
  }
  return direction;
}

class Sorter {
  /** Whether a name came twice. */
  repeats = false;

  constructor(readonly names: PackedNames) {}

  /** Sorts a range whose names have their first `depth` bytes in common. */
  sort(from: number, to: number, depth: number): void {
    if (to - from <= SHORT_RUN) return this.#insert(from, to, depth);
    const start = depth + this.#commonLength(from, to, depth);
    const rankBits = 32 - Math.clz32(to - from - 1);
    const keyBytes = Math.floor((53 - rankBits) / 8);
    const ranks = 2 ** rankBits;
    const keys = new Float64Array(to - from);
    for (let i = from; i < to; i++) {
      keys[i - from] = this.#key(this.names.order[i], start, keyBytes) * ranks + (i - from);
    }
    keys.sort();
    const before = this.names.order.slice(from, to);
    let run = from, runKey = -1;
    for (let i = from; i < to; i++) {
      const key = Math.floor(keys[i - from] / ranks);
      this.names.order[i] = before[keys[i - from] - key * ranks];
      if (key === runKey) continue;
      this.#sortRun(run, i, start + keyBytes, runKey);
      run = i;
      runKey = key;
    }
    this.#sortRun(run, to, start + keyBytes, runKey);
  }

  /** Goes on with names of equal keys, unless the key held their ends. */
  #sortRun(from: number, to: number, depth: number, key: number): void {
    if (to - from <= 1) return;
    if (key % 256 !== 0) this.sort(from, to, depth);
    else this.repeats = true;
  }

  /** The bytes from `depth` as one number; those past the end count as 0. */
  #key(position: number, depth: number, length: number): number {
    const chunk = this.names.chunkOf(position);
    let at = offsetOf(position) + depth;
    let key = 0;
    for (let i = 0; i < length; i++) {
      const byte = chunk[at];
      key = key * 256 + byte;
      if (byte !== 0) at++;
    }
    return key;
  }

  /** How many bytes after `depth` all names of the range share. */
  #commonLength(from: number, to: number, depth: number): number {
    const { order } = this.names;
    const first = this.names.chunkOf(order[from]);
    const firstAt = offsetOf(order[from]) + depth;
    let common = 0;
    while (first[firstAt + common] !== 0) common++;
    for (let i = from + 1; i < to && common > 0; i++) {
      const chunk = this.names.chunkOf(order[i]);
      const at = offsetOf(order[i]) + depth;
      let same = 0;
      while (same < common && chunk[at + same] === first[firstAt + same]) same++;
      common = same;
    }
    return common;
  }

  #insert(from: number, to: number, depth: number): void {
    const { order } = this.names;
    for (let i = from + 1; i < to; i++) {
      const moving = order[i];
      let at = i;
      for (; at > from; at--) {
        const step = compareFrom(this.names, order[at - 1], moving, depth);
        if (step === 0) this.repeats = true;
        if (step <= 0) break;
        order[at] = order[at - 1];
      }
      order[at] = moving;
    }
  }
}

/** Compares two names whose first `depth` bytes are equal. */
function compareFrom(names: PackedNames, a: number, b: number, depth: number): number {
  const left = names.chunkOf(a), right = names.chunkOf(b);
  let i = offsetOf(a) + depth, j = offsetOf(b) + depth;
  while (left[i] === right[j]) {
    if (left[i] === 0) return 0;
    i++;
    j++;
  }
  return left[i] - right[j];
}
