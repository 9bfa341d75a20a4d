/** Asking a Star what became of batches that lost their caller. */
import { OrbitError } from "#core/errors.ts";
import type { ClaimNews, LargeCheckpoint, TransferOptions, WorkClaim } from "#core/system/mod.ts";
import type { ClaimTransfersResponse } from "#proto/gen/orbit/v1/files_pb.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { Blame } from "./codec/blame.ts";
import { fromPath } from "./codec/bytes.ts";
import { fromCheckpoint, joinCheckpoints } from "./codec/checkpoint.ts";
import { atMost, fromWide } from "./codec/numbers.ts";
import { fromActionResults } from "./codec/result.ts";
import { toWorkClaim } from "./codec/work_name.ts";
import type { StarCalls } from "./star_calls.ts";

/** Batches that one claim tells of at most, and bytes of their paths: more than any Star keeps. */
const MAX_BATCHES = 1024, MAX_PATH_BYTES = 64 * 1024 * 1024;

/** A Star that knows nothing of claims has nothing to tell. */
export async function* remoteClaim(
  star: StarCalls,
  claim: WorkClaim,
  { signal, goesOn }: Pick<TransferOptions, "signal" | "goesOn">,
): AsyncGenerator<ClaimNews> {
  const order = new ClaimOrder(star.blame);
  const { claimTransfers } = StarService.method;
  const isBeat = ({ news }: ClaimTransfersResponse) => news.case === undefined;
  try {
    const answers = star.listen(claimTransfers, toWorkClaim(claim), isBeat, { signal });
    for await (const answer of answers) yield order.take(answer);
    order.end();
  } catch (error) {
    if (error instanceof OrbitError && error.code === "unsupported") return;
    if (signal?.aborted && goesOn?.(signal.reason) !== true) await remoteEnd(star, claim);
    throw error;
  }
}

/** Ends a job's batches there. A Star that knows no such call has none without one. */
export async function remoteEnd(
  star: StarCalls,
  claim: WorkClaim,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await star.ask(StarService.method.stopTransfers, toWorkClaim(claim), { signal, changes: true });
  } catch (error) {
    if (!(error instanceof OrbitError && error.code === "unsupported")) throw error;
  }
}

/** One batch that is told of. */
interface Batch {
  count: number;
  checkpoints: Map<number, LargeCheckpoint>;
}

/** News in an order that makes sense. */
class ClaimOrder {
  readonly #open = new Map<number, Batch>();
  #last = 0;
  #pathBytes = 0;

  constructor(readonly blame: Blame) {}

  take({ transfer: batch, news }: ClaimTransfersResponse): ClaimNews {
    const { blame } = this;
    if (news.case === "begin") {
      if (batch !== ++this.#last || batch > MAX_BATCHES) throw blame("transfer", `${batch}`);
      const { step, paths } = news.value;
      atMost(paths.length, DEFAULT_LIMITS.maxActions, "begin.paths", blame);
      for (const path of paths) this.#pathBytes += path.length;
      if (this.#pathBytes > MAX_PATH_BYTES) throw blame("begin.paths", "more than any Star keeps");
      this.#open.set(batch, { count: paths.length, checkpoints: new Map() });
      const known = paths.map((path) => fromPath(path, "begin.paths", blame));
      return { batch, kind: "begin", step, paths: known };
    }
    const known = this.#open.get(batch);
    if (known === undefined) throw blame("transfer", `${batch} hasn't begun, or is over`);
    switch (news.case) {
      case "progress":
        return {
          ...{ batch, kind: "progress" },
          written: fromWide(news.value.written, "progress.written", blame),
          verified: fromWide(news.value.verified, "progress.verified", blame),
        };
      case "checkpoint": {
        const { index, checkpoint: message } = news.value;
        if (index >= known.count) throw blame("checkpoint.index", `${index}`);
        const told = fromCheckpoint(message, blame);
        const checkpoint = joinCheckpoints(known.checkpoints.get(index), told, blame);
        known.checkpoints.set(index, checkpoint);
        return { batch, kind: "checkpoint", index, checkpoint };
      }
      case "results":
        this.#open.delete(batch);
        return {
          ...{ batch, kind: "results" },
          results: fromActionResults(news.value.results, known.count, blame),
        };
      case "lost":
        this.#open.delete(batch);
        return { batch, kind: "lost" };
      default:
        throw blame("news", "of an unknown kind");
    }
  }

  end(): void {
    if (this.#open.size > 0) throw this.blame("news", "it ended too early");
  }
}
