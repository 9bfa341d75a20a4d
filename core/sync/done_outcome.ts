/** What is kept of an action that was carried out. */
import type { ItemOutcome } from "#core/magnetar/mod.ts";
import type { ActionResult } from "#core/system/system.ts";

/** Of most actions nothing; of a file that was there in part, how much came and how much was there. */
export function doneOutcome(
  key: string,
  { bytes, matched }: ActionResult,
): ItemOutcome & { state: "done" } {
  return matched ? { key, state: "done", result: { bytes, matched } } : { key, state: "done" };
}
