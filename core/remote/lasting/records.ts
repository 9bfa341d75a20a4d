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

/** Batches and paths that are kept at most. */
const MAX_RECORDS = 64, MAX_PATHS = 65_536;
/** Of those that were told. */
const MAX_TOLD = 16;
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
    let paths = this.#records.reduce((sum, record) => sum + record.paths.length, 0);
    let heard = this.#records.filter(told).length;
    while (this.#records.length > MAX_RECORDS || paths > MAX_PATHS || heard > MAX_TOLD) {
      const [gone] = this.#records.splice(Math.max(0, this.#records.findIndex(told)), 1);
      paths -= gone.paths.length;
      if (gone.heard.told) heard--;
    }
  }
}
