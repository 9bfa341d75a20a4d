/** Items that fail: each is told by its name, and how it ends counts. */
import { type ErrorData, toErrorData } from "#core/errors.ts";
import type { ClaimedItem, ItemOutcome, StepContext, StepHandler } from "#core/magnetar/mod.ts";
import { type RetryPolicy, shouldRetry } from "#core/retry.ts";
import type { Reporter } from "./reporter.ts";

/** A handler that gives all outcomes of a batch at once, as all of a sync do. */
export type BatchHandler = Omit<StepHandler, "process"> & { process: Process };

/** What it does with a batch. */
export type Process = (
  items: readonly ClaimedItem[],
  context: StepContext,
) => Promise<ItemOutcome[]>;

/** Tells that an item failed; whether it is tried again. */
export function tellFailure(
  reporter: Reporter,
  retry: RetryPolicy,
  { key, failures }: ClaimedItem,
  error: ErrorData,
): boolean {
  const willRetry = shouldRetry(retry, failures + 1, error);
  if (willRetry) reporter.emit({ type: "trouble", path: key, error, willRetry });
  else reporter.trouble(key, error);
  return willRetry;
}

/** A handler of which all items of a batch fail by their names when the batch fails as a whole. */
export function failingByName(handler: BatchHandler, reporter: Reporter): StepHandler {
  return {
    ...handler,
    async process(items, context) {
      try {
        return await handler.process(items, context);
      } catch (thrown) {
        if (context.signal.aborted) throw thrown; // what was given up hasn't failed
        const error = toErrorData(thrown);
        return items.map((item) => {
          tellFailure(reporter, handler.retry, item, error);
          return { key: item.key, state: "failed", error };
        });
      }
    },
  };
}
