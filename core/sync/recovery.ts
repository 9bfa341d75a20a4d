/** Taking up what the destination went on with while this job was away. */
import type { ClaimedItem, Recovered, StepContext } from "#core/magnetar/mod.ts";
import type { ActionResult, LargeCheckpoint, OrbitSystem } from "#core/system/system.ts";
import type { ClaimNews } from "#core/system/named_work.ts";
import { doneOutcome } from "./done_outcome.ts";
import { fromPayload } from "./payload.ts";
import type { Reporter } from "./reporter.ts";

/** What recovery works with. */
export interface RecoveryServices {
  destination: OrbitSystem;
  reporter: Reporter;
  goesOn?: (reason: unknown) => boolean;
  onKept?: (bytes: number) => void;
}

/** A batch of an earlier attempt. */
interface Left {
  paths: readonly string[];
  isOurs: boolean;
  /** What was counted of it. */
  written: number;
  verified: number;
}

type Find = (key: string) => ClaimedItem | undefined;

/**
 * Waits until nothing of earlier attempts is at work, and tells what it came to: files that are
 * done, and progress of those that aren't. What failed there is planned anew. When the destination
 * knows nothing any more, the plan finds what is there.
 */
export async function* recoverBatches(
  services: RecoveryServices,
  { jobId: job, attempt: fence, step, signal }: StepContext,
  find: Find,
): AsyncGenerator<Recovered> {
  const { destination, goesOn } = services;
  const batches = new Map<number, Left>();
  for await (const news of destination.claim?.({ job, fence }, { signal, goesOn }) ?? []) {
    if (news.kind === "begin") {
      const { paths } = news;
      batches.set(news.batch, { paths, isOurs: news.step === step, written: 0, verified: 0 });
      services.reporter.progress(paths[0]);
      continue;
    }
    const left = batches.get(news.batch)!;
    if (left.isOurs) yield* take(services, left, news, find);
  }
}

function* take(
  { reporter, onKept }: RecoveryServices,
  left: Left,
  news: Exclude<ClaimNews, { kind: "begin" }>,
  find: Find,
): Generator<Recovered> {
  switch (news.kind) {
    case "progress":
      return count(reporter, left, {
        written: left.written + news.written,
        verified: left.verified + news.verified,
      });
    case "checkpoint": {
      const key = left.paths[news.index];
      const item = find(key);
      if (item === undefined) return;
      reporter.unfinished.set(key, news.checkpoint.staged);
      return yield { key, checkpoint: join(item.checkpoint, news.checkpoint) };
    }
    case "results":
      return yield* takeResults({ reporter, onKept }, left, news.results, find);
    case "lost":
      // What is still of use of it is counted when it is found.
      return count(reporter, left, { written: 0, verified: 0 });
  }
}

function* takeResults(
  { reporter, onKept }: Pick<RecoveryServices, "reporter" | "onKept">,
  left: Left,
  results: readonly ActionResult[],
  find: Find,
): Generator<Recovered> {
  const total = { written: 0, verified: 0 };
  for (const [index, result] of results.entries()) {
    const key = left.paths[index];
    const item = result.error === undefined ? find(key) : undefined;
    if (item === undefined) continue;
    total.written += result.bytes;
    total.verified += result.verified;
    reporter.unfinished.delete(key);
    reporter.done(fromPayload(key, item.payload).line, result);
    onKept?.(result.resumed ?? 0);
    yield doneOutcome(key, result);
  }
  count(reporter, left, total);
}

/** Has so much of a batch counted, whatever was before. */
function count(
  reporter: Reporter,
  left: Left,
  { written, verified }: { written: number; verified: number },
): void {
  reporter.bytes(written - left.written, verified - left.verified);
  left.written = written;
  left.verified = verified;
}

/** All that is known of a large file; what doesn't hold is found out when it is looked at. */
function join(before: unknown, news: LargeCheckpoint): LargeCheckpoint {
  const known = before as LargeCheckpoint | undefined;
  const isSame = known !== undefined && known.sourceVersion === news.sourceVersion &&
    known.staged === news.staged && known.segmentBytes === news.segmentBytes;
  return isSame ? { ...news, segments: { ...known.segments, ...news.segments } } : news;
}
