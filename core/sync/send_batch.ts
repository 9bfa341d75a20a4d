/** Having the destination carry out a batch of a step. */
import type { ClaimedItem, StepContext } from "#core/magnetar/mod.ts";
import type { ActionResult, LargeCheckpoint, TransferRequest } from "#core/system/system.ts";
import type { SyncPayload } from "./payload.ts";
import type { StepServices } from "./steps.ts";

/** Results are in the items' order; progress of large files is kept with them. */
export async function sendBatch(
  services: StepServices,
  items: readonly ClaimedItem[],
  payloads: readonly SyncPayload[],
  context: StepContext,
): Promise<ActionResult[]> {
  const { source, destination, sources, base, actionOptions, reporter, pace } = services;
  const { bytesPerSecond, bandwidth, goesOn } = services;
  const { jobId: job, attempt: fence, step } = context;
  const request: TransferRequest = {
    sources,
    base,
    actions: payloads.map((payload) => payload.action),
    options: actionOptions,
  };
  const checkpoints = new Map<number, LargeCheckpoint>();
  items.forEach((item, index) => {
    if (item.checkpoint) checkpoints.set(index, item.checkpoint as LargeCheckpoint);
  });
  reporter.progress(request.actions[0].path);
  return await source.transferTo(destination, request, {
    signal: context.signal,
    onBytes: reporter.bytes,
    pace,
    name: { job, fence, step, bytesPerSecond, bandwidth },
    goesOn,
    checkpoints,
    onCheckpoint: (index, checkpoint) => {
      reporter.unfinished.set(items[index].key, checkpoint.staged);
      context.checkpoint(items[index].key, checkpoint);
    },
  });
}
