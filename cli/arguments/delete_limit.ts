/** Parses the value of `--max-delete`. */
import { parseCount, refuseValue } from "#core/program/arguments/values.ts";
import type { DeleteLimit } from "#core/sync/options.ts";

/** `N` or `P%`. */
export function parseDeleteLimit(option: string, value: string): DeleteLimit {
  if (!value.endsWith("%")) return { count: parseCount(option, value) };
  const percent = /^\d{1,3}(\.\d+)?%$/.test(value) ? Number(value.slice(0, -1)) : NaN;
  if (!(percent <= 100)) refuseValue(option, value, "a number, or a percentage from 0% to 100%");
  return { percent };
}
