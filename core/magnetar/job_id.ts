/**
 * Job ids: 12 characters of Crockford's base 32, of which the first 8.4 are the time (42 bits of
 * milliseconds since 1970, until 2109) and the rest is random (18 bits). They sort by the time
 * they were made, are short enough to type, and have no letters that look alike.
 */
import { OrbitError } from "#core/errors.ts";

declare const brand: unique symbol;

/** Names one job. Sorts by the time of creation. */
export type JobId = string & { readonly [brand]: "JobId" };

const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 12;
const RANDOM_BITS = 18;

/**
 * A new id.
 *
 * @param after The newest id so far: the new one sorts behind it even within one millisecond, or
 * when the system's clock went back.
 */
export function createJobId(nowMs: number, random: () => number, after?: JobId): JobId {
  const low = BigInt(Math.floor(random() * 2 ** RANDOM_BITS));
  let value = (BigInt(Math.floor(nowMs)) << BigInt(RANDOM_BITS)) | low;
  if (after !== undefined) {
    const floor = toNumber(after) + 1n;
    if (value < floor) value = floor;
  }
  let text = "";
  for (let i = 0; i < LENGTH; i++) {
    text = DIGITS[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return text as JobId;
}

/**
 * Reads an id that a person typed: case doesn't matter, `o` is read as 0, `i` and `l` as 1.
 *
 * @throws {OrbitError} `invalid` when it can't be an id.
 */
export function parseJobId(text: string): JobId {
  const id = text.trim().toLowerCase().replaceAll("o", "0").replace(/[il]/g, "1");
  if (id.length !== LENGTH || [...id].some((char) => !DIGITS.includes(char))) {
    throw new OrbitError(
      "invalid",
      `read job id ${JSON.stringify(text)}: not 12 letters or digits`,
    );
  }
  return id as JobId;
}

function toNumber(id: JobId): bigint {
  let value = 0n;
  for (const char of id) value = (value << 5n) | BigInt(DIGITS.indexOf(char));
  return value;
}
