/** Batches that are over, until somebody has heard of them. */
import type { ActionResult, LargeCheckpoint } from "#core/system/mod.ts";

/** What is left of a batch. */
export interface WorkRecord {
  readonly job: string;
  readonly step: string;
  /** Of its actions, in their order. */
  readonly paths: readonly string[];
  /** Progress of large files, by index of their action. */
  readonly checkpoints: ReadonlyMap<number, LargeCheckpoint>;
  /** Of the actions; undefined when it didn't come to its end. */
  readonly results: readonly ActionResult[] | undefined;
  /** When it ended, in milliseconds since 1970. */
  readonly atMs: number;
  /** Whether somebody was told, who may have died before they wrote it down. */
  readonly heard: { told: boolean };
}

/** Batches that are kept at most, and about how many bytes. */
const MAX_RECORDS = 64, MAX_BYTES = 32 * 1024 * 1024;
/** Of those that were told. */
const MAX_TOLD = 32;
/** How long they are kept. */
const KEEP_MS = 24 * 3_600_000;

/** A bounded list of records: those that were told go first, then the oldest. */
export class Records {
  readonly #records: WorkRecord[] = [];

  add(record: WorkRecord): void {
    this.#records.push(record);
    this.#prune(record.atMs);
  }

  /** What is left of a job's batches, the oldest first. */
  of(job: string): WorkRecord[] {
    return this.#records.filter((record) => record.job === job);
  }

  forget(job: string): void {
    const others = this.#records.filter((record) => record.job !== job);
    this.#records.splice(0, Infinity, ...others);
  }

  [Symbol.iterator](): IterableIterator<WorkRecord> {
    return this.#records.values();
  }

  #prune(nowMs: number): void {
    const old = (record: WorkRecord) => record.atMs < nowMs - KEEP_MS;
    while (this.#records.some(old)) this.#records.splice(this.#records.findIndex(old), 1);
    const told = ({ heard }: WorkRecord) => heard.told;
    let bytes = this.#records.reduce((sum, record) => sum + sizeOf(record), 0);
    let heard = this.#records.filter(told).length;
    while (this.#records.length > MAX_RECORDS || bytes > MAX_BYTES || heard > MAX_TOLD) {
      const [gone] = this.#records.splice(Math.max(0, this.#records.findIndex(told)), 1);
      bytes -= sizeOf(gone);
      if (gone.heard.told) heard--;
    }
  }
}

/** What it takes in memory, about. */
function sizeOf({ paths, checkpoints }: WorkRecord): number {
  let bytes = paths.length * 200;
  for (const path of paths) bytes += path.length;
  for (const { segments } of checkpoints.values()) bytes += Object.keys(segments).length * 100;
  return bytes;
}
