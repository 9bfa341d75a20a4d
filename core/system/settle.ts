/** Trouble with one action is data in its result; cancellation ends the whole batch. */
import { toErrorData } from "#core/errors.ts";
import type { ActionResult } from "./system.ts";

/** Runs one action; only once the signal is aborted does it reject, with the signal's reason. */
export async function settle(
  signal: AbortSignal | undefined,
  run: () => Promise<ActionResult>,
): Promise<ActionResult> {
  try {
    return await run();
  } catch (error) {
    signal?.throwIfAborted();
    return { bytes: 0, verified: 0, error: toErrorData(error) };
  }
}
