/** Sorting many numbers of 48 bits without moving them. */

const DIGIT_BITS = 12;
const DIGITS = 1 << DIGIT_BITS;
const HALF = 2 ** 24;

/** The order in which the numbers (whole, below 2⁴⁸) ascend; equal ones keep theirs. */
export function radixOrder(numbers: Float64Array, count: number): Uint32Array {
  const low = new Uint32Array(count), high = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    high[i] = Math.floor(numbers[i] / HALF);
    low[i] = numbers[i] - high[i] * HALF;
  }
  let order = new Uint32Array(count), other = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const starts = new Uint32Array(DIGITS);
  for (const [digits, shift] of [[low, 0], [low, DIGIT_BITS], [high, 0], [high, DIGIT_BITS]]) {
    pass(order, other, digits as Uint32Array, shift as number, starts);
    [order, other] = [other, order];
  }
  return order;
}

function pass(
  from: Uint32Array,
  to: Uint32Array,
  digits: Uint32Array,
  shift: number,
  starts: Uint32Array,
): void {
  starts.fill(0);
  for (let i = 0; i < digits.length; i++) starts[(digits[i] >>> shift) & (DIGITS - 1)]++;
  for (let digit = 0, sum = 0; digit < DIGITS; digit++) {
    const count = starts[digit];
    starts[digit] = sum;
    sum += count;
  }
  for (let i = 0; i < from.length; i++) {
    to[starts[(digits[from[i]] >>> shift) & (DIGITS - 1)]++] = from[i];
  }
}
