/** Work that goes on while whoever asked for it is away: its name, and how its end is told. */
import type { ActionResult, CallOptions, LargeCheckpoint, TransferOptions } from "./system.ts";

/** Names a batch by the job that it belongs to. */
export interface WorkName extends WorkClaim {
  /** The step of the job. */
  step: string;
  /** All batches of the job together keep to it while nobody paces them. */
  bytesPerSecond?: number;
  /** Instead: a timetable as `parseTimetable` reads it, by the time of the machine that works. */
  bandwidth?: string;
}

/** All batches of a job that older attempts than this one left. */
export interface WorkClaim {
  job: string;
  /** Which attempt at the job this is, from 1. Older ones are refused once a newer one was seen. */
  fence: number;
}

/** What is told of batches that were left. `batch` counts them. */
export type ClaimNews =
  & { batch: number }
  & (
    /** Comes first; `paths` are those of its actions. */
    | { kind: "begin"; step: string; paths: string[] }
    /** Since it was told last; the first is since the batch began. Only while it is at work. */
    | { kind: "progress"; written: number; verified: number }
    | { kind: "checkpoint"; index: number; checkpoint: LargeCheckpoint }
    /** Its end: what became of each action. */
    | { kind: "results"; results: ActionResult[] }
    /** Its end, when nobody knows what became of it all. */
    | { kind: "lost" }
  );

/** What a system offers whose batches may outlive their callers. */
export interface WorkKeeper {
  /**
   * Tells what became of the job's batches that older attempts left, and ends when none of them is
   * at work; from then on batches of older attempts are refused (`conflict`). What was told to a
   * caller that died may be told again.
   *
   * @throws {OrbitError} `conflict` when a newer attempt was seen.
   */
  claim(
    claim: WorkClaim,
    options?: Pick<TransferOptions, "signal" | "goesOn">,
  ): AsyncIterable<ClaimNews>;
  /**
   * Ends the job's batches of this attempt and older ones; nothing of them is left to claim.
   *
   * @throws {OrbitError} `conflict` when a newer attempt was seen.
   */
  endWork(claim: WorkClaim, options?: CallOptions): Promise<void>;
}
