/** What streams that wait for news have in common. */
import { OrbitError } from "#core/errors.ts";
import type { Exchange } from "./exchange.ts";

/** After this long without news a sign that the stream still stands. */
const SIGN_OF_LIFE_MS = 15_000;

/** A token that was revoked meanwhile, or is over, opens nothing any more. */
export function requireStillGood({ principal, store }: Exchange): void {
  const { kind, id } = principal.actor;
  if (kind !== "token" || store.apiTokens.byId(id!)?.state === "good") return;
  throw new OrbitError("unauthenticated", "follow job: the API token isn't valid any more");
}

/** Whether it happens before a sign of life is due. Rejects when nobody waits any more. */
export async function happensWithin(
  event: Promise<void>,
  { clock, signal }: Exchange,
): Promise<boolean> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const timer = clock.sleep(SIGN_OF_LIFE_MS, { signal: either }).then(() => false);
  timer.catch(() => {});
  try {
    return await Promise.race([event.then(() => true), timer]);
  } finally {
    over.abort();
  }
}
