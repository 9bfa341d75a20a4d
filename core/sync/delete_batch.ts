/** Deletions, within their limit. */
import type { ClaimedItem, ItemOutcome, StepContext } from "#core/magnetar/mod.ts";
import type { Process } from "./failed_items.ts";
import type { StepServices } from "./steps.ts";

/** Deletes, if the guard lets it. */
export async function deleteBatch(
  { guard, reporter }: Pick<StepServices, "guard" | "reporter">,
  carryOut: Process,
  items: readonly ClaimedItem[],
  context: StepContext,
): Promise<ItemOutcome[]> {
  const refusal = guard.refusal();
  if (refusal !== undefined) {
    reporter.noteOnce(refusal);
    reporter.totals.skipped += items.length;
    return items.map(({ key }) => ({ key, state: "skipped", reason: refusal }));
  }
  const wasReached = guard.limitReached;
  const granted = items.filter(() => guard.grant());
  if (guard.limitReached && !wasReached) {
    const refused = guard.forecast();
    if (refused !== undefined) reporter.note(refused);
  }
  const outcomes = granted.length === 0 ? [] : await carryOut(granted, context);
  const reason = "the limit of --max-delete was reached";
  for (const { key } of items.slice(granted.length)) {
    outcomes.push({ key, state: "skipped", reason });
  }
  return outcomes;
}
