/** Work that goes on while whoever asked for it is away: its name, and how its end is told. */
import type { ActionResult, LargeCheckpoint } from "./system.ts";

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
