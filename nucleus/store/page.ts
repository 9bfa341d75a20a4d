/** How much a list gives at once. */
import { OrbitError } from "#core/errors.ts";

const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;

/** How many rows to give. @throws {OrbitError} `invalid` unless it is 1 to 1,000. */
export function checkPage(what: string, limit = DEFAULT_PAGE): number {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return limit;
  throw new OrbitError("invalid", `list ${limit} ${what}: not 1 to ${MAX_PAGE}`);
}
