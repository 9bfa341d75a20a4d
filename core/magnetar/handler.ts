/** What a kind of job brings to the engine: one handler for each step. */
import type { RetryPolicy } from "#core/retry.ts";
import type { ClaimedItem, ItemOutcome, NewItem, Recovered, Tally } from "./item.ts";
import type { JobId } from "./job_id.ts";

/** What a handler is called with. */
export interface StepContext {
  readonly jobId: JobId;
  readonly step: string;
  /** Which start of the job this is, from 1. */
  readonly attempt: number;
  /** What the job was created with. */
  readonly spec: unknown;
  /**
   * Aborts when the call should end early: for `process` when the job is interrupted or cancelled,
   * for `produce` also when it is paused or another step failed. Whatever isn't reported by then
   * is claimed again by the next attempt; what is reported within the grace still counts.
   */
  readonly signal: AbortSignal;
  /**
   * Adds items to a step that waits for this one. Kept on disk, so memory doesn't grow with them.
   * They are stored no later than outcomes reported afterwards. A key that the step has already
   * gets the new payload and is pending again.
   *
   * @throws {OrbitError} `invalid` for a step that doesn't wait for this one, or a bad item.
   */
  defer(step: string, items: readonly NewItem[]): void;
  /**
   * Saves progress (JSON) of an item that is being processed; the next claim of it gets the last
   * value. Survives `kill -9` from the next flush on, and goes when the item is done.
   * Ignored for an item that isn't running, or when the attempt is over.
   */
  checkpoint(key: string, value: unknown): void;
  /**
   * Keeps a piece of what an item that is being processed brings forth, after the pieces that this
   * claim of it has kept so far. Seen once the item is done, and then whole: what an earlier claim
   * kept is gone. Ignored for an item that isn't running, or when the attempt is over.
   */
  output(key: string, data: Uint8Array): void;
  /** Where the items of every step stand now. Reads the database: not for the hot path. */
  counts(): Record<string, StepCounts>;
}

/** Items and weight of a step by state. */
export type StepCounts = Record<
  "pending" | "running" | "waiting" | "done" | "failed" | "skipped" | "stale",
  Tally
>;

/** How a step's items come to be and how they are processed. */
export interface StepHandler {
  /**
   * Gives the step's items, some at a time. Claims go on meanwhile; what isn't claimed soon waits
   * on disk, so production is never held up. A key names one item: given again within one attempt
   * it is ignored. An error fails the step, and with it the job.
   */
  produce?(
    context: StepContext,
  ): AsyncIterable<readonly NewItem[]> | Iterable<readonly NewItem[]>;
  /**
   * What became of items that earlier attempts left at work: asked by a later attempt, with a look
   * at any item that isn't done, before anything is produced. What comes for an item that is done
   * or unknown is ignored. An error fails the step, and with it the job.
   */
  recover?(
    context: StepContext,
    find: (key: string) => ClaimedItem | undefined,
  ): AsyncIterable<Recovered>;
  /**
   * How a later attempt goes on.
   *
   * `false` (the default): production that came to its end isn't repeated; if it didn't, it is,
   * and keys that exist already are left as they are. Items that failed stay failed.
   *
   * `true`: everything is produced again on every attempt. Items that aren't done become stale
   * first. A stale item produced again keeps its checkpoint; a done one is done anew; one that is
   * still stale when production ends is skipped ("no longer needed").
   */
  replan?: boolean;
  /**
   * Whether `produce` gives no key twice in an attempt, nor one that was deferred to the step. Then,
   * if every attempt plans anew, an item isn't looked up when it is produced, and a crash forgets it
   * if it isn't over, and, where there is `recover`, not claimed. If a key comes twice all the same,
   * the run fails with `internal`, or the item is processed twice and may be counted so.
   */
  distinct?: boolean;
  /**
   * Processes a batch. Gives an outcome for every item, in any order, once; an item without one,
   * or all that are left when it throws, count as failed.
   */
  process(
    items: readonly ClaimedItem[],
    context: StepContext,
  ): AsyncIterable<ItemOutcome | readonly ItemOutcome[]> | Promise<readonly ItemOutcome[]>;
  /** Bounds of a batch. It has at least one item, however heavy that one is. */
  batch: { maxItems: number; maxWeight: number };
  /** How many batches are processed at the same time. */
  concurrency: number;
  retry: RetryPolicy;
  /**
   * Called once all items are over (some may have failed). May be called again by a later attempt.
   * An error fails the step, and with it the job.
   */
  finish?(context: StepContext): Promise<void> | void;
}
