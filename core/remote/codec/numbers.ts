/** Numbers between what travels (64 and 32 bits) and what is computed with (below 2^53). */
import { type Blame, blameArgument } from "./blame.ts";

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

/** A size, offset or count of bytes. */
export function fromWide(value: bigint, field: string, blame: Blame): number {
  if (value >= 0n && value <= LARGEST) return Number(value);
  throw blame(field, `${value} is not between 0 and 2^53`);
}

/** Seconds, which may be negative. */
export function fromSigned(value: bigint, field: string, blame: Blame): number {
  if (value >= -LARGEST && value <= LARGEST) return Number(value);
  throw blame(field, `${value} is not between -2^53 and 2^53`);
}

/** @throws `invalid` for what is no size. */
export function toWide(value: number, field: string): bigint {
  if (Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  throw blameArgument(field, `${value} is not a whole number from 0 up`);
}

/** @throws `invalid` for what is no whole number. */
export function toSigned(value: number, field: string): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value);
  throw blameArgument(field, `${value} is not a whole number`);
}

/** @throws `invalid` for what doesn't fit into 32 bits. */
export function toWord(value: number, field: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  throw blameArgument(field, `${value} is not a whole number of 32 bits`);
}

/** A number of 32 bits that has a bound of its own. */
export function atMost(value: number, bound: number, field: string, blame: Blame): number {
  if (value <= bound) return value;
  throw blame(field, `${value} is above ${bound}`);
}
