/** Letting calls end before a Star stops. */
import type { Clock } from "#core/clock.ts";

/** How often it is looked whether the last call has ended. */
const LOOK_MS = 25;

/** Resolves when no call is at work, or after `graceMs`; says how many are left. */
export async function untilIdle(
  activeCalls: () => number,
  { clock, graceMs }: { clock: Clock; graceMs: number },
): Promise<number> {
  const endMs = clock.elapsed() + graceMs;
  while (activeCalls() > 0 && clock.elapsed() < endMs) await clock.sleep(LOOK_MS);
  return activeCalls();
}
