/** What a Star can do, as it tells those who ask. */
import { SCOPE_CAPABILITY } from "#core/remote/scope.ts";
import type { Root } from "#core/program/roots.ts";

/** Names of what a Star with these roots can do; a newer one may know more. */
export function capabilitiesOf(roots: readonly Pick<Root, "write">[]): readonly string[] {
  const reading = ["scan", "header", "hash", "chunk", "read", SCOPE_CAPABILITY];
  return roots.some(({ write }) => write) ? [...reading, "write"] : reading;
}
