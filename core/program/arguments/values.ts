/** Parses option values; every refusal names the option and shows the value. */
import { escapeName } from "#core/names.ts";
import { parseByteSize } from "#core/sizes.ts";
import { usage } from "./parse.ts";

/** Refuses the value of an option, saying what was expected. */
export function refuseValue(option: string, value: string, expected: string): never {
  throw usage(`${option} "${escapeName(value)}": is not ${expected}`);
}

/** A whole number within bounds, in decimal digits. */
export function parseCount(
  option: string,
  value: string,
  { least = 0, most = Number.MAX_SAFE_INTEGER }: { least?: number; most?: number } = {},
): number {
  const count = /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (!(count >= least && count <= most)) {
    const bounds = most === Number.MAX_SAFE_INTEGER
      ? `of at least ${least}`
      : `from ${least} to ${most}`;
    refuseValue(option, value, `a whole number ${bounds}`);
  }
  return count;
}

/**
 * A size in rsync's notation, in bytes: what {@linkcode parseByteSize} reads, and a final `+1` or
 * `-1`.
 *
 * @param unit The unit of a bare number.
 */
export function parseSize(option: string, value: string, unit: "b" | "k" = "b"): number {
  const step = /[+-]1$/.exec(value)?.[0] ?? "";
  const size = parseByteSize(value.slice(0, value.length - step.length), unit);
  if (Number.isNaN(size)) refuseValue(option, value, "a size such as 10, 1.5K, 20MB or 3GiB");
  const bytes = size + Number(step);
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    refuseValue(option, value, "a size that a file can have");
  }
  return bytes;
}

/** A rate in rsync's notation (KiB/s unless a unit is given), in bytes per second; 0 is none. */
export function parseRate(option: string, value: string): number | undefined {
  const rate = parseSize(option, value, "k");
  if (rate !== 0 && rate < 512) refuseValue(option, value, "a rate of at least 512 bytes a second");
  return rate === 0 ? undefined : rate;
}

/** Whole or broken seconds, in milliseconds; 0 is none. */
export function parseSeconds(option: string, value: string): number | undefined {
  const seconds = /^\d{1,9}(\.\d{1,3})?$/.test(value) ? Number(value) : NaN;
  if (Number.isNaN(seconds)) refuseValue(option, value, "a number of seconds");
  return seconds === 0 ? undefined : Math.round(seconds * 1000);
}

/** One of the given words. */
export function parseChoice<T extends string>(
  option: string,
  value: string,
  choices: readonly T[],
): T {
  const choice = choices.find((candidate) => candidate === value);
  return choice ?? refuseValue(option, value, `one of ${choices.join(", ")}`);
}

/** A value that may not be empty or hold a NUL. */
export function parseText(option: string, value: string): string {
  if (value === "" || value.includes("\0")) refuseValue(option, value, "a usable value");
  return value;
}
